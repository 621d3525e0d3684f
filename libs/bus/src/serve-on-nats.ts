import { headers as newHeaders, type Msg, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import { SkeinError, toSkeinError } from '@skein/contracts/errors';
import type { Rpc } from '@skein/contracts/make';
import { RequestBody, Stopper, headerNames, type CancelReason } from '@skein/contracts/wire';
import type { Claims } from './claims.js';
import type { EndpointStats } from './discovery.js';
import type { Outbox } from './outbox.js';
import type { ServedCalls } from './served-calls.js';
import { writeTailed } from './tailed-json.js';
import type { TimerWheel } from './timer-wheel.js';
import type { Handler } from './types.js';
import { decodeJson, encodeJson, encodeText } from './wire-json.js';

/** A long call that has not replied by then says `accepted`, so that its caller can watch and cancel this process. */
const SAY_ACCEPTED_AFTER_MS = 100;

export interface ServerTools {
  readonly connection: NatsConnection;
  readonly outbox: Outbox;
  readonly instance: string;
  readonly served: ServedCalls;
  readonly wheel: TimerWheel;
  readonly claims: Claims;
  readonly stats: EndpointStats;
}

/**
 * Serves a contract on its subject (and, where one process of the group may be asked, on the subject with its name).
 * Returns the way to take no more; what is under way goes on.
 */
export function serveOnNats<Request, Reply>(
  tools: ServerTools,
  room: string,
  contract: Rpc<Request, Reply>,
  handler: Handler<Request, Reply>,
): () => Promise<void> {
  const callback = (_error: Error | null, message: Msg) => void answer(tools, contract, handler, message);
  const subscriptions = [
    tools.connection.subscribe(contract.subject, contract.reach === 'queue' ? { queue: room, callback } : { callback }),
  ];
  if (contract.reach === 'queue') {
    subscriptions.push(tools.connection.subscribe(`${contract.subject}.${tools.instance}`, { callback }));
  }
  return async () => {
    await Promise.all(subscriptions.map((subscription) => subscription.drain()));
  };
}

async function answer<Request, Reply>(
  tools: ServerTools,
  contract: Rpc<Request, Reply>,
  handler: Handler<Request, Reply>,
  message: Msg,
): Promise<void> {
  const startedAt = performance.now();
  const stopper = new Stopper();
  let end: () => void = () => undefined;
  const timers: { cancel(): void }[] = [];
  try {
    const claim = message.headers?.get(headerNames.claim) || undefined;
    let payload = contract.carriesBody || claim === undefined ? message.data : await fetchClaim(tools.claims, claim);
    const request = readRequest(contract, message, payload);
    // Before anything else is waited for: a cancel may come in the same packet.
    end = tools.served.begin(contract.cancelId?.(request), stopper);
    const remainingMs = Number(message.headers?.get(headerNames.remainingMs)) || contract.deadlineMs;
    if (contract.long) timers.push(tools.wheel.after(SAY_ACCEPTED_AFTER_MS, () => sayAccepted(tools, message)));
    timers.push(
      tools.wheel.after(remainingMs, () =>
        stopper.abort({ reason: 'the deadline is over', mode: 'cut' } satisfies CancelReason),
      ),
    );
    if (contract.carriesBody && claim !== undefined) payload = await fetchClaim(tools.claims, claim);
    // What came in the same packet is heard first.
    await Promise.resolve();
    if (stopper.aborted) throw new SkeinError('cancelled', 'The call was cancelled before it began');
    const tenant = message.headers?.get(headerNames.tenant);
    const answered = await handler(request, {
      requestId: message.headers?.get(headerNames.requestId) ?? '',
      tenant: tenant === undefined || tenant === '' ? undefined : String(JSON.parse(tenant)),
      traceparent: message.headers?.get(headerNames.traceparent) || undefined,
      deadline: startedAt + remainingMs,
      body: contract.carriesBody ? new RequestBody(payload) : NO_BODY,
      signal: stopper,
    });
    await send(tools, message, writeReply(contract, answered));
  } catch (thrown) {
    const error = toSkeinError(thrown);
    tools.stats.num_errors += 1;
    tools.stats.last_error = error.code;
    const errorHeaders = newHeaders();
    errorHeaders.set(headerNames.serviceError, error.code);
    errorHeaders.set(headerNames.serviceErrorCode, String(error.status));
    reply(tools, message, encodeJson(error.toWire()), errorHeaders);
  } finally {
    for (const timer of timers) timer.cancel();
    end();
    tools.stats.num_requests += 1;
    tools.stats.processing_time += Math.round((performance.now() - startedAt) * 1e6);
  }
}

function writeReply<Request, Reply>({ replyTail }: Rpc<Request, Reply>, value: Reply): Uint8Array {
  const isTailed = replyTail !== undefined && typeof value === 'object' && value !== null;
  return isTailed ? encodeText(writeTailed(value, replyTail)) : encodeJson(value);
}

async function fetchClaim(claims: Claims, name: string): Promise<Uint8Array> {
  const payload = await claims.get(name);
  if (payload === null) throw new SkeinError('internal', 'A stored request has lapsed before it was read');
  return payload;
}

function readRequest<Request, Reply>(contract: Rpc<Request, Reply>, message: Msg, payload: Uint8Array): Request {
  if (!contract.carriesBody) return decodeJson(payload) as Request;
  const envelope = message.headers?.get(headerNames.envelope);
  if (envelope === undefined || envelope === '') {
    throw new SkeinError('invalid_request', `${contract.subject} needs the header ${headerNames.envelope}`);
  }
  return JSON.parse(envelope) as Request;
}

function sayAccepted(tools: ServerTools, message: Msg): void {
  const interim = newHeaders();
  interim.set(headerNames.interim, tools.instance);
  reply(tools, message, encodeJson({ instance: tools.instance }), interim);
}

async function send(tools: ServerTools, message: Msg, bytes: Uint8Array): Promise<void> {
  if (tools.connection.isClosed()) return;
  if (!tools.claims.mustClaim(bytes)) {
    reply(tools, message, bytes);
    return;
  }
  const claimHeaders = newHeaders();
  claimHeaders.set(headerNames.claim, await tools.claims.put(bytes));
  reply(tools, message, new Uint8Array(0), claimHeaders);
}

/** Whoever asks without a place for the answer wants none. */
function reply({ outbox }: ServerTools, { reply: inbox }: Msg, bytes: Uint8Array, headers?: MsgHdrs): void {
  if (inbox !== undefined && inbox !== '') outbox.publish(inbox, bytes, headers && { headers });
}

const NO_BODY = new RequestBody(encodeJson({}));
