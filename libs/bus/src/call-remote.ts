import { headers as newHeaders, type Msg } from '@nats-io/transport-node';
import { SkeinError, fromWireError, toSkeinError, wireError } from '@skein/contracts/errors';
import type { Rpc } from '@skein/contracts/make';
import { controlSubject, headerNames, type CallContext, type CancelReason } from '@skein/contracts/wire';
import type { CallMux } from './call-mux.js';
import type { Claims, HeldClaim } from './claims.js';
import type { Outbox } from './outbox.js';
import { readTailed } from './tailed-json.js';
import type { TimerWheel } from './timer-wheel.js';
import type { CallOptions } from './types.js';
import { asciiJson, decodeJson, encodeJson } from './wire-json.js';

/** After a cancel, how long a long call may still take to say how it ended. */
export const CANCEL_GRACE_MS = { cut: 2_000, drain: 120_000 } as const satisfies Record<CancelReason['mode'], number>;

export interface RemoteCall<Request, Reply> {
  readonly contract: Rpc<Request, Reply>;
  readonly request: Request;
  readonly context: CallContext;
  readonly options: CallOptions;
  readonly timeoutMs: number;
}

export interface CallerTools {
  readonly outbox: Outbox;
  readonly mux: CallMux;
  readonly wheel: TimerWheel;
  readonly claims: Claims;
}

/** A call over NATS: the envelope is headers, what is too large for a message waits in the object store. */
export async function callRemote<Request, Reply>(tools: CallerTools, call: RemoteCall<Request, Reply>): Promise<Reply> {
  const { outbox, mux, wheel, claims } = tools;
  const { contract, request, context, options, timeoutMs } = call;
  const subject = options.instance === undefined ? contract.subject : `${contract.subject}.${options.instance}`;
  const envelope = contract.carriesBody ? asciiJson(request) : '';
  const messageHeaders = headersOf(call, envelope);
  let payload = contract.carriesBody ? (options.body?.bytes ?? EMPTY_OBJECT) : encodeJson(request);
  let held: HeldClaim | undefined;
  if (claims.mustClaim(payload, envelope.length)) {
    held = await claims.hold(payload);
    messageHeaders.set(headerNames.claim, held.name);
    payload = NOTHING;
  }

  let server = options.instance;
  let accepted = false;
  let abortReason: CancelReason | undefined;
  const tellServer = (reason: CancelReason | undefined) => {
    const id = contract.cancelId?.(request);
    if (reason === undefined || server === undefined || id === undefined) return;
    outbox.publish(controlSubject(server), encodeJson({ request: id, attempt: id, ...reason }));
  };
  const { replyTo, reply, cancel } = mux.expect({
    subject,
    timeoutMs,
    instance: options.instance,
    acceptWithinMs: options.acceptWithinMs,
    onAccepted: (instance) => {
      server = instance;
      accepted = true;
      tellServer(abortReason);
      options.onAccepted?.(instance);
    },
  });
  const onAbort = () => {
    if (!contract.long) return cancel(callerLeft());
    abortReason = { reason: 'the caller left', mode: options.onAbort ?? 'cut' };
    tellServer(abortReason);
    wheel.after(CANCEL_GRACE_MS[abortReason.mode], () => cancel(callerLeft()));
  };
  if (context.signal?.aborted) onAbort();
  else context.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    orFail(() => outbox.publish(subject, payload, { reply: replyTo, headers: messageHeaders }, cancel), cancel);
    return (await readReply(claims, await reply)) as Reply;
  } catch (thrown) {
    const error = toSkeinError(thrown);
    // A server that was given up for its silence may only be slow: what nobody waits for is not worth paying for.
    if (error.code === 'worker_lost' && !accepted) tellServer({ reason: 'nobody waits any more', mode: 'cut' });
    throw error;
  } finally {
    context.signal?.removeEventListener('abort', onAbort);
    held?.release();
  }
}

/** The same with no place for a reply, and in no hurry. False where it does not fit a message: that takes a call. */
export function tellRemote<Request, Reply>({ outbox, claims }: CallerTools, call: RemoteCall<Request, Reply>): boolean {
  const { contract, request, options } = call;
  const envelope = contract.carriesBody ? asciiJson(request) : '';
  const payload = contract.carriesBody ? (options.body?.bytes ?? EMPTY_OBJECT) : encodeJson(request);
  if (claims.mustClaim(payload, envelope.length)) return false;
  outbox.publishLater(contract.subject, payload, { headers: headersOf(call, envelope) });
  return true;
}

/** Publishes what a reply is expected to; where the client refuses it (too large, closed), `fail` hears of it. */
export function orFail(publish: () => void, fail: (error: SkeinError) => void): void {
  try {
    publish();
  } catch (thrown) {
    fail(toSkeinError(thrown));
  }
}

export const callerLeft = (): SkeinError => new SkeinError('cancelled', 'The caller left');

const NOTHING = new Uint8Array(0);
const EMPTY_OBJECT = encodeJson({});

function headersOf<Request, Reply>({ contract, context, timeoutMs }: RemoteCall<Request, Reply>, envelope: string) {
  const messageHeaders = newHeaders();
  messageHeaders.set(headerNames.requestId, context.requestId);
  messageHeaders.set(headerNames.remainingMs, String(Math.ceil(timeoutMs)));
  if (context.tenant !== undefined) messageHeaders.set(headerNames.tenant, asciiJson(context.tenant));
  if (context.traceparent !== undefined) messageHeaders.set(headerNames.traceparent, context.traceparent);
  if (contract.carriesBody) messageHeaders.set(headerNames.envelope, envelope);
  return messageHeaders;
}

async function readReply(claims: Claims, message: Msg): Promise<unknown> {
  const claim = message.headers?.get(headerNames.claim);
  let bytes: Uint8Array | null = message.data;
  if (claim !== undefined && claim !== '') bytes = await claims.take(claim);
  if (bytes === null) throw new SkeinError('internal', 'A stored reply has lapsed before it was read');
  const value = decodeJson(bytes, readTailed);
  if (message.headers?.has(headerNames.serviceErrorCode)) throw fromWireError(wireError.parse(value));
  return value;
}
