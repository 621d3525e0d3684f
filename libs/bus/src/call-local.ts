import { SkeinError, toSkeinError } from '@skein/contracts/errors';
import type { Rpc } from '@skein/contracts/make';
import { RequestBody, type CallContext, type CancelReason } from '@skein/contracts/wire';
import { CANCEL_GRACE_MS, callerLeft } from './call-remote.js';
import type { ServedCalls, Stoppable } from './served-calls.js';
import type { TimerWheel, WheelTimer } from './timer-wheel.js';
import type { CallOptions, Handler, ServedContext } from './types.js';
import { decodeJson, deepFreeze, encodeJson } from './wire-json.js';

export interface LocalCall<Request, Reply> {
  readonly contract: Rpc<Request, Reply>;
  readonly handler: Handler<Request, Reply>;
  readonly request: Request;
  readonly context: CallContext;
  readonly options: CallOptions;
  readonly timeoutMs: number;
  readonly instance: string;
  /** `verify`: the values go through JSON and their schemas, as they would on the wire, and arrive frozen. */
  readonly verify: boolean;
  readonly now: number;
}

/**
 * A call to a room of the same process: same contract, context, cancel and errors as over NATS, no serialisation. When the
 * deadline passes, the caller stops waiting and the handler's signal aborts, exactly as across processes.
 */
export function callLocal<Request, Reply>(
  call: LocalCall<Request, Reply>,
  served: ServedCalls,
  wheel: TimerWheel,
): Promise<Reply> {
  const { contract, context, options } = call;
  return new Promise((resolve, reject) => {
    const serving = new LocalServing(call);
    const end = served.begin(contract.cancelId?.(call.request), serving);
    let grace: WheelTimer | undefined;
    let isOver = false;
    const settle = (): void => {
      isOver = true;
      deadline.cancel();
      grace?.cancel();
      context.signal?.removeEventListener('abort', onAbort);
      end();
    };
    const fail = (thrown: unknown): void => {
      if (isOver) return;
      settle();
      reject(toSkeinError(thrown));
    };
    const succeed = (reply: Reply): void => {
      if (isOver) return;
      settle();
      resolve(reply);
    };
    const deadline = wheel.after(call.timeoutMs, () => {
      serving.abort({ reason: 'the deadline is over', mode: 'cut' });
      fail(new SkeinError('deadline_exceeded', `No answer from ${contract.subject} in time`));
    });
    const onAbort = (): void => {
      const mode = options.onAbort ?? 'cut';
      serving.abort({ reason: 'the caller left', mode });
      if (contract.long) grace = wheel.after(CANCEL_GRACE_MS[mode], () => fail(callerLeft()));
      else fail(callerLeft());
    };
    context.signal?.addEventListener('abort', onAbort, { once: true });
    run(call, serving).then(succeed, fail);
  });
}

async function run<Request, Reply>(call: LocalCall<Request, Reply>, serving: LocalServing): Promise<Reply> {
  const { contract, handler, options } = call;
  const request = call.verify ? throughTheWire(contract.request, call.request) : call.request;
  if (contract.long) options.onAccepted?.(call.instance);
  const reply = await handler(request, serving);
  return call.verify ? throughTheWire(contract.reply, reply) : reply;
}

/** The handler's context. Most short calls never ask for their signal, so it is made when it is asked for. */
class LocalServing implements ServedContext, Stoppable {
  readonly requestId: string;
  readonly tenant: string | undefined;
  readonly traceparent: string | undefined;
  readonly deadline: number;
  readonly body: RequestBody;
  #controller: AbortController | undefined;
  #reason: CancelReason | undefined;

  constructor({
    context,
    options,
    now,
    timeoutMs,
  }: Pick<LocalCall<unknown, unknown>, 'context' | 'options' | 'now' | 'timeoutMs'>) {
    this.requestId = context.requestId;
    this.tenant = context.tenant;
    this.traceparent = context.traceparent;
    this.deadline = now + timeoutMs;
    this.body = options.body ?? EMPTY_BODY;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  abort(reason: CancelReason): void {
    this.#reason ??= reason;
    this.#controller?.abort(reason);
  }
}

const EMPTY_BODY = new RequestBody(new TextEncoder().encode('{}'));

function throughTheWire<Value>(schema: Rpc<Value, unknown>['request'], value: Value): Value {
  return deepFreeze(schema.parse(decodeJson(encodeJson(value))));
}
