import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { SkeinError } from '@skein/contracts/errors';
import { headerNames } from '@skein/contracts/wire';
import { safely } from './safely.js';
import type { TimerWheel, WheelTimer } from './timer-wheel.js';

const NO_RESPONDERS = 503;

interface PendingCall {
  readonly settle: (message: Msg) => void;
  readonly fail: (error: SkeinError) => void;
  readonly onAccepted: ((instance: string) => void) | undefined;
  readonly timer: WheelTimer;
  readonly acceptTimer: WheelTimer | undefined;
  instance: string | undefined;
}

export interface Expectation {
  /** What is asked, for error messages. */
  readonly subject: string;
  readonly timeoutMs: number;
  /** The process asked, when it is known: its loss fails the call. */
  readonly instance?: string;
  readonly onAccepted?: (instance: string) => void;
  /** Fail with `worker_lost` when neither `accepted` nor the reply has come by then. */
  readonly acceptWithinMs?: number;
}

/**
 * One reply inbox for the whole process: each call costs a map entry. Keeps what a bare multiplexer forgets: time-outs,
 * the server's "no responders", interim `accepted` replies, and the loss of the process that was asked.
 */
export class CallMux {
  readonly #prefix: string;
  readonly #pending = new Map<string, PendingCall>();
  #counter = 0;

  constructor(
    instance: string,
    private readonly wheel: TimerWheel,
  ) {
    this.#prefix = `_INBOX.${instance}.`;
  }

  start(connection: NatsConnection, report: (error: unknown) => void): void {
    connection.subscribe(`${this.#prefix}*`, { callback: safely(report, (message) => this.#take(message)) });
  }

  /** Opens a place for one reply. `cancel` gives it up without a word. */
  expect(expectation: Expectation): { replyTo: string; reply: Promise<Msg>; cancel: (error: SkeinError) => void } {
    const token = (this.#counter += 1).toString(36);
    let cancel: (error: SkeinError) => void = () => undefined;
    const reply = new Promise<Msg>((resolve, reject) => {
      const end = () => {
        this.#pending.delete(token);
        call.timer.cancel();
        call.acceptTimer?.cancel();
      };
      const call: PendingCall = {
        settle: (message) => {
          end();
          resolve(message);
        },
        fail: (error) => {
          end();
          reject(error);
        },
        onAccepted: expectation.onAccepted,
        instance: expectation.instance,
        acceptTimer:
          expectation.acceptWithinMs === undefined
            ? undefined
            : this.wheel.after(expectation.acceptWithinMs, () =>
                call.fail(new SkeinError('worker_lost', `Nobody took ${expectation.subject} up in time`)),
              ),
        timer: this.wheel.after(expectation.timeoutMs, () =>
          call.fail(new SkeinError('deadline_exceeded', `No answer from ${expectation.subject} in time`)),
        ),
      };
      cancel = call.fail;
      this.#pending.set(token, call);
    });
    return { replyTo: this.#prefix + token, reply, cancel };
  }

  /** Fails every call that a lost process was to answer. */
  failInstance(instance: string): void {
    for (const call of this.#pending.values()) {
      if (call.instance === instance) call.fail(new SkeinError('worker_lost', `The process ${instance} is gone`));
    }
  }

  failAll(error: SkeinError): void {
    for (const call of this.#pending.values()) call.fail(error);
  }

  #take(message: Msg): void {
    const call = this.#pending.get(message.subject.slice(this.#prefix.length));
    if (call === undefined) return;
    const headers = message.headers;
    if (headers !== undefined) {
      if (headers.code === NO_RESPONDERS && message.data.length === 0) {
        call.fail(new SkeinError('no_responders', 'Nobody serves this call at the moment', { retryAfterMs: 1_000 }));
        return;
      }
      if (headers.has(headerNames.interim)) {
        call.acceptTimer?.cancel();
        call.instance = headers.get(headerNames.interim);
        call.onAccepted?.(call.instance);
        return;
      }
    }
    call.settle(message);
  }
}
