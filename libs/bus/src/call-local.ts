import { SkeinError, toSkeinError } from '@skein/contracts/errors';
import type { Rpc } from '@skein/contracts/make';
import { RequestBody, Stopper, type CallContext, type CancelReason, type StopSignal } from '@skein/contracts/wire';
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
 * deadline passes, the caller stops waiting and the handler's signal aborts, exactly as across processes. A handler that
 * answers at once is not watched.
 */
export function callLocal<Request, Reply>(
  call: LocalCall<Request, Reply>,
  served: ServedCalls,
  wheel: TimerWheel,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const serving = new LocalServing(call as ServedCall, served, wheel, resolve as (reply: unknown) => void, reject);
    try {
      const reply = call.verify ? runVerified(call, serving) : run(call, serving);
      if (isPromise(reply)) serving.watch(reply);
      else resolve(reply);
    } catch (thrown) {
      reject(toSkeinError(thrown));
    }
  });
}

function run<Request, Reply>(
  { contract, handler, request, options, instance }: LocalCall<Request, Reply>,
  serving: ServedContext,
): Promise<Reply> | Reply {
  if (contract.long) options.onAccepted?.(instance);
  return handler(request, serving);
}

async function runVerified<Request, Reply>(call: LocalCall<Request, Reply>, serving: ServedContext): Promise<Reply> {
  const { contract } = call;
  const request = throughTheWire(contract.request, call.request);
  return throughTheWire(contract.reply, await run({ ...call, request }, serving));
}

const isPromise = (value: unknown): value is Promise<unknown> => value instanceof Promise;

type ServedCall = LocalCall<unknown, unknown>;

/** One call under way: its end, whichever comes first, and the handler's context. */
class LocalServing implements ServedContext, Stoppable {
  readonly requestId: string;
  readonly tenant: string | undefined;
  readonly traceparent: string | undefined;
  readonly deadline: number;
  readonly body: RequestBody;
  readonly signal = new Stopper();
  readonly #call: ServedCall;
  #end: (() => void) | undefined;
  #timer: WheelTimer | undefined;
  #grace: WheelTimer | undefined;
  #onAbort: (() => void) | undefined;
  #isOver = false;

  constructor(
    call: ServedCall,
    private readonly served: ServedCalls,
    private readonly wheel: TimerWheel,
    private readonly resolve: (reply: unknown) => void,
    private readonly reject: (error: SkeinError) => void,
  ) {
    const { context, options, now, timeoutMs } = call;
    this.requestId = context.requestId;
    this.tenant = context.tenant;
    this.traceparent = context.traceparent;
    this.deadline = now + timeoutMs;
    this.body = options.body ?? EMPTY_BODY;
    this.#call = call;
  }

  /** Waits for the handler, its deadline, or its caller's leaving. */
  watch(reply: Promise<unknown>): void {
    const { context, contract, request, timeoutMs } = this.#call;
    this.#end = this.served.begin(contract.cancelId?.(request), this);
    this.#timer = this.wheel.after(timeoutMs, () => this.#timeOut());
    if (context.signal?.aborted) this.#callerLeft();
    else if (context.signal !== undefined) this.#follow(context.signal);
    reply.then(
      (value) => this.#succeed(value),
      (thrown: unknown) => this.#fail(thrown),
    );
  }

  #succeed(reply: unknown): void {
    if (this.#isOver) return;
    this.#settle();
    this.resolve(reply);
  }

  #fail(thrown: unknown): void {
    if (this.#isOver) return;
    this.#settle();
    this.reject(toSkeinError(thrown));
  }

  abort(reason: CancelReason): void {
    this.signal.abort(reason);
  }

  #timeOut(): void {
    this.abort({ reason: 'the deadline is over', mode: 'cut' });
    this.#fail(new SkeinError('deadline_exceeded', `No answer from ${this.#call.contract.subject} in time`));
  }

  #follow(callers: StopSignal): void {
    this.#onAbort = () => this.#callerLeft();
    callers.addEventListener('abort', this.#onAbort, { once: true });
  }

  #callerLeft(): void {
    const mode = this.#call.options.onAbort ?? 'cut';
    this.abort({ reason: 'the caller left', mode });
    if (this.#call.contract.long) this.#grace = this.wheel.after(CANCEL_GRACE_MS[mode], () => this.#fail(callerLeft()));
    else this.#fail(callerLeft());
  }

  #settle(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#grace?.cancel();
    if (this.#onAbort !== undefined) this.#call.context.signal?.removeEventListener('abort', this.#onAbort);
    this.#end?.();
  }
}

const EMPTY_BODY = new RequestBody(new TextEncoder().encode('{}'));

function throughTheWire<Value>(schema: Rpc<Value, unknown>['request'], value: Value): Value {
  return deepFreeze(schema.parse(decodeJson(encodeJson(value))));
}
