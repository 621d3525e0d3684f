/**
 * One call over a WebSocket, told as an HTTP answer of server-sent events: what comes after it (frames, limits, usage, cuts)
 * is the same for both. One socket a call; the last event of an answer ends it.
 */
import { Buffer } from 'node:buffer';
import { WebSocket, type Dispatcher } from 'undici';
import { SkeinError } from '@skein/contracts/errors';
import type { AttemptLimits } from '@skein/contracts/router';
import type { StopSignal } from '@skein/contracts/wire';
import { CallGuard, type HttpAnswer, type VendorLine } from './call-vendor.js';
import { isObject, jsonBytes, tryParseJson } from './json.js';
import type { VendorHeaders } from './vendor-adapter.js';

export interface SocketCall {
  /** Goes after the base URL. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly message: Uint8Array;
  readonly limits: AttemptLimits;
  readonly cut: StopSignal;
  /** Is this the last event of an answer? */
  isLast(event: Readonly<Record<string, unknown>>): boolean;
}

/** How the vendor answered a handshake that it did not take. */
interface Refusal {
  readonly status: number;
  readonly headers: VendorHeaders;
}

/** The pool's own way to the vendor (the same address, time-outs and certificates), with an ear for refused handshakes. */
function hearing(pool: Dispatcher, onRefused: (refusal: Refusal) => void): Dispatcher {
  return pool.compose((dispatch) => (options, handler) => {
    const { onResponseStart } = handler;
    const listening = Object.create(handler) as Dispatcher.DispatchHandler;
    listening.onResponseStart = (controller, status, headers, words) => {
      if (status >= 200) onRefused({ status, headers });
      onResponseStart?.call(handler, controller, status, headers, words);
    };
    return dispatch(options, listening);
  });
}

/**
 * Opens a socket, sends the message and waits for the first event. An `error` event in its place, or another answer to the
 * handshake than a socket, is an answer with its status. Throws SkeinError: `vendor_unreachable`, `vendor_timeout`, `vendor_connection_lost`, `cancelled`.
 */
export function callBySocket(line: VendorLine, call: SocketCall): Promise<HttpAnswer> {
  const guard = new CallGuard(line.vendor, call.limits, call.cut);
  return new Promise((resolve, reject) => {
    new SocketAnswer(line, call, guard, resolve, reject);
  });
}

class SocketAnswer {
  readonly #socket: WebSocket;
  readonly #waiting: Buffer[] = [];
  #isSent = false;
  #isTold = false;
  #isOver = false;
  #failure: SkeinError | null = null;
  #refusal: Refusal | null = null;
  #onBytes: ((bytes: Buffer) => void) | null = null;
  #onEnd: (() => void) | null = null;
  #onFail: ((error: unknown) => void) | null = null;

  constructor(
    private readonly line: VendorLine,
    private readonly call: SocketCall,
    private readonly guard: CallGuard,
    private readonly resolve: (answer: HttpAnswer) => void,
    private readonly reject: (error: SkeinError) => void,
  ) {
    this.#socket = new WebSocket(`${line.socketBase}${call.path}`, {
      headers: { ...call.headers },
      dispatcher: hearing(line.pool, (refusal) => (this.#refusal = refusal)),
    });
    this.#socket.addEventListener('open', () => {
      this.#isSent = true;
      this.#socket.send(Buffer.from(call.message).toString('utf8'));
    });
    this.#socket.addEventListener('message', ({ data }) => this.#hear(String(data)));
    this.#socket.addEventListener('error', () => this.#lose());
    this.#socket.addEventListener('close', () => this.#lose());
    guard.signal.addEventListener('abort', () => this.#lose(), { once: true });
    if (guard.signal.aborted) this.#lose();
  }

  #hear(text: string): void {
    if (this.#isOver) return;
    this.guard.heard();
    const event = tryParseJson(Buffer.from(text));
    const told = isObject(event) ? event : {};
    if (!this.#isTold) {
      this.#isTold = true;
      const isError = told.type === 'error';
      const status = isError ? (typeof told.status === 'number' ? told.status : 500) : 200;
      this.resolve(this.#answer({ status, headers: { 'content-type': contentTypeOf(status) } }));
      if (isError) return this.#finish(jsonBytes({ error: told.error }));
    }
    const bytes = Buffer.from(`data: ${text.replace(/[\r\n]+/g, ' ')}\n\n`);
    if (this.call.isLast(told)) this.#finish(bytes);
    else this.#give(bytes);
  }

  #answer(told: Refusal): HttpAnswer {
    return {
      ...told,
      read: (onBytes) =>
        new Promise<void>((resolve, reject) => {
          this.#onBytes = onBytes;
          this.#onEnd = resolve;
          this.#onFail = reject;
          for (const bytes of this.#waiting.splice(0)) this.#give(bytes);
          if (this.#failure !== null) reject(this.#failure);
          else if (this.#isOver) resolve();
        }),
    };
  }

  #give(bytes: Buffer): void {
    if (this.#onBytes === null) {
      this.#waiting.push(bytes);
      return;
    }
    try {
      this.#onBytes(bytes);
    } catch (thrown) {
      this.#close();
      this.#onFail?.(thrown);
    }
  }

  #finish(last: Uint8Array): void {
    this.#give(Buffer.from(last));
    this.#close();
    this.#onEnd?.();
  }

  #lose(): void {
    if (this.#isOver) return;
    // What it says of its refusal is not read by the socket; the status says enough.
    if (this.#refusal !== null && !this.#isSent && this.guard.reason === null) {
      this.resolve(this.#answer(this.#refusal));
      return this.#close();
    }
    this.#failure = this.guard.reason ?? this.#lost();
    this.#close();
    if (this.#isTold) this.#onFail?.(this.#failure);
    else this.reject(this.#failure);
  }

  #close(): void {
    this.#isOver = true;
    this.guard.release();
    this.#socket.close();
  }

  /** Before the message left, nothing was used; after the first event the answer was cut; between, nobody knows. */
  #lost(): SkeinError {
    const { vendor } = this.line;
    const options = { source: 'vendor', vendor } as const;
    if (!this.#isSent) return new SkeinError('vendor_unreachable', `${vendor} opens no socket.`, options);
    return this.#isTold
      ? new SkeinError('vendor_stream_cut', `${vendor} closed its socket within its answer.`, options)
      : new SkeinError('vendor_connection_lost', `${vendor} closed its socket before it answered.`, options);
  }
}

const contentTypeOf = (status: number) => (status === 200 ? 'text/event-stream' : 'application/json');
