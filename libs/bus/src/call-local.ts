import { SkeinError, toSkeinError } from '@skein/contracts/errors';
import type { Rpc } from '@skein/contracts/make';
import { RequestBody, type CallContext, type CancelReason } from '@skein/contracts/wire';
import { CANCEL_GRACE_MS, callerLeft } from './call-remote.js';
import type { ServedCalls } from './served-calls.js';
import type { TimerWheel } from './timer-wheel.js';
import type { CallOptions, Handler } from './types.js';
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
export async function callLocal<Request, Reply>(
  call: LocalCall<Request, Reply>,
  served: ServedCalls,
  wheel: TimerWheel,
): Promise<Reply> {
  const { contract, handler, context, options } = call;
  const controller = new AbortController();
  const end = served.begin(contract.cancelId?.(call.request), controller);
  const late = Promise.withResolvers<never>();
  const timers = [
    wheel.after(call.timeoutMs, () => {
      controller.abort({ reason: 'the deadline is over', mode: 'cut' } satisfies CancelReason);
      late.reject(new SkeinError('deadline_exceeded', `No answer from ${contract.subject} in time`));
    }),
  ];
  const onAbort = () => {
    const reason: CancelReason = { reason: 'the caller left', mode: options.onAbort ?? 'cut' };
    controller.abort(reason);
    if (contract.long) timers.push(wheel.after(CANCEL_GRACE_MS[reason.mode], () => late.reject(callerLeft())));
    else late.reject(callerLeft());
  };
  context.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const request = call.verify ? throughTheWire(contract.request, call.request) : call.request;
    if (contract.long) options.onAccepted?.(call.instance);
    const answer = Promise.resolve(
      handler(request, {
        requestId: context.requestId,
        tenant: context.tenant,
        traceparent: context.traceparent,
        deadline: call.now + call.timeoutMs,
        body: options.body ?? EMPTY_BODY,
        signal: controller.signal,
      }),
    );
    const reply = await Promise.race([answer, late.promise]);
    return call.verify ? throughTheWire(contract.reply, reply) : reply;
  } catch (thrown) {
    throw toSkeinError(thrown);
  } finally {
    for (const timer of timers) timer.cancel();
    context.signal?.removeEventListener('abort', onAbort);
    end();
  }
}

const EMPTY_BODY = new RequestBody(new TextEncoder().encode('{}'));

function throughTheWire<Value>(schema: Rpc<Value, unknown>['request'], value: Value): Value {
  return deepFreeze(schema.parse(decodeJson(encodeJson(value))));
}
