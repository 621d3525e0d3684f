/**
 * One HTTP call to a vendor over a pool of kept connections, bounded in time by the attempt's limits. Whatever breaks comes
 * out as a SkeinError that says whether the vendor can have seen the request.
 */
import { buildConnector, Pool, type Dispatcher } from 'undici';
import { SkeinError } from '@skein/contracts/errors';
import type { AttemptLimits } from '@skein/contracts/router';
import { Stopper, type StopSignal } from '@skein/contracts/wire';
import { isObject } from './json.js';
import type { VendorHeaders } from './vendor-adapter.js';

/** Milliseconds to a TCP and TLS connection where nothing else is said: this long, a vendor is not merely slow. */
export const CONNECT_MS = 5_000;

/** Where a vendor is reached. */
export interface VendorLine {
  readonly vendor: string;
  readonly pool: Pool;
  /** Path of the base URL, without a slash at its end. */
  readonly basePath: string;
  /** Name and port as the `host` header has them. */
  readonly host: string;
  readonly address: string;
  readonly port: number;
  /** The vendor's own name of where this is; null where the operator did not say. */
  readonly region: string | null;
  /** Where its sockets are, up to the end of the base path; null where the operator's base URL is not one of sockets. */
  readonly socketBase: string | null;
  /** Milliseconds that the next connection may take. */
  connectMs: number;
}

/** Opens the line to a base URL, with at most so many connections. Close it by `line.pool.close()`. */
export function openLine(
  vendor: string,
  baseUrl: string,
  connections: number,
  region: string | null = null,
): VendorLine {
  const isSocket = /^wss?:/.test(baseUrl);
  const url = new URL(baseUrl.replace(/^ws/, 'http'));
  const basePath = url.pathname.replace(/\/+$/, '');
  const line: VendorLine = {
    vendor,
    pool: new Pool(url.origin, {
      connections,
      connect: (options, callback) => connectorFor(line.connectMs)(options, callback),
      // The attempt's own limits rule; undici's clocks are too coarse for them.
      headersTimeout: 0,
      bodyTimeout: 0,
    }),
    basePath,
    socketBase: isSocket ? `${url.origin.replace(/^http/, 'ws')}${basePath}` : null,
    host: url.host,
    address: url.hostname,
    port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
    region,
    connectMs: CONNECT_MS,
  };
  return line;
}

const connectors = new Map<number, buildConnector.connector>();

/** Policies know few values, so connectors are few. */
function connectorFor(timeout: number): buildConnector.connector {
  let connector = connectors.get(timeout);
  if (connector === undefined) connectors.set(timeout, (connector = buildConnector({ timeout })));
  return connector;
}

export interface HttpCall {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly limits: AttemptLimits;
  /** Aborts to close the vendor's socket at once. */
  readonly cut: StopSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: VendorHeaders;
  /**
   * Gives every piece of the body as it comes; resolves at its end. Rejects with SkeinError when the connection breaks, a
   * limit passes or the call is cut, and with whatever `onBytes` throws (the socket is closed then). To be called once.
   */
  read(onBytes: (bytes: Buffer) => void): Promise<void>;
}

/**
 * Sends the call and waits for the status line. Throws SkeinError: `vendor_unreachable` (never sent), `vendor_timeout`,
 * `vendor_connection_lost` (sent, and no byte came back), `cancelled`.
 */
export function callVendor(line: VendorLine, call: HttpCall): Promise<HttpAnswer> {
  const guard = new CallGuard(line.vendor, call.limits, call.cut);
  return new Promise((resolve, reject) => {
    const exchange = new Exchange(line.vendor, guard, resolve, reject);
    const { headers, body } = call;
    line.pool.dispatch({ method: 'POST', path: line.basePath + call.path, headers, body }, exchange);
  });
}

/** So much of a body that nobody reads yet is held; more waits in the socket. */
const MAX_UNREAD_BYTES = 256 * 1024;

/** One request at the pool and what comes back, told by its callbacks: a stream of its own would cost as much as the call. */
class Exchange implements Dispatcher.DispatchHandler {
  #controller: Dispatcher.DispatchController | null = null;
  readonly #unread: Buffer[] = [];
  #unreadBytes = 0;
  #hasBytes = false;
  #onBytes: ((bytes: Buffer) => void) | null = null;
  #onRead: (() => void) | null = null;
  #onFailed: ((error: unknown) => void) | null = null;
  #isWhole = false;
  #failure: { readonly error: unknown } | null = null;

  constructor(
    private readonly vendor: string,
    private readonly guard: CallGuard,
    private readonly answered: (answer: HttpAnswer) => void,
    private readonly refused: (error: unknown) => void,
  ) {
    if (guard.signal.aborted) this.#fail(guard.reason);
    else guard.signal.addEventListener('abort', () => this.#fail(guard.reason));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#failure !== null) controller.abort(ENOUGH);
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: VendorHeaders): void {
    // A second copy, in a buffer for each name and value, that would stay as long as the answer is read.
    controller.rawHeaders = null;
    if (status >= 200) this.answered({ status, headers, read: (onBytes) => this.#read(onBytes) });
  }

  onResponseData(controller: Dispatcher.DispatchController, bytes: Buffer): void {
    if (this.#failure !== null) return;
    this.#hasBytes = true;
    this.guard.heard();
    if (this.#onBytes !== null) return this.#give(bytes);
    this.#unread.push(bytes);
    this.#unreadBytes += bytes.length;
    if (this.#unreadBytes > MAX_UNREAD_BYTES) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#failure !== null) return;
    this.#isWhole = true;
    this.guard.release();
    this.#onRead?.();
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#fail(this.guard.reason ?? connectionError(this.vendor, error, this.#hasBytes));
  }

  #read(onBytes: (bytes: Buffer) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onBytes = onBytes;
      this.#onRead = resolve;
      this.#onFailed = reject;
      for (const bytes of this.#unread.splice(0)) if (this.#failure === null) this.#give(bytes);
      if (this.#failure !== null) reject(this.#failure.error as Error);
      else if (this.#isWhole) resolve();
      else this.#controller?.resume();
    });
  }

  #give(bytes: Buffer): void {
    try {
      this.#onBytes?.(bytes);
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  /** Ends the exchange and closes its socket. Before the status line it refuses the call, after it whoever reads. */
  #fail(error: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = { error };
    this.guard.release();
    if (!this.#isWhole) this.#controller?.abort(ENOUGH);
    this.refused(error);
    this.#onFailed?.(error);
  }
}

/** Told to undici alone, which asks for an error. */
const ENOUGH = new Error('nobody reads this answer any more');

/** Timers of one length share a list, and what is left of a deadline is never of the same length twice. */
const inStep = (ms: number): number => (ms < 5_000 ? ms : Math.ceil(ms / 100) * 100);

/** Watches the limits of one call; one timer for silence, one for the whole. */
export class CallGuard {
  readonly #stopper = new Stopper();
  readonly #vendor: string;
  readonly #idleMs: number | null;
  readonly #cutSignal: StopSignal;
  readonly #onCut = () => this.cut(new SkeinError('cancelled', 'The attempt was cancelled.'));
  readonly #whole: NodeJS.Timeout;
  #silence: NodeJS.Timeout | null = null;
  #hasHeard = false;
  #heardAt = 0;
  #reason: SkeinError | null = null;

  constructor(vendor: string, limits: AttemptLimits, cut: StopSignal) {
    this.#vendor = vendor;
    this.#idleMs = limits.idle_ms;
    this.#cutSignal = cut;
    this.#whole = setTimeout(() => this.#timeOut(`took longer than ${limits.call_ms} ms`), inStep(limits.call_ms));
    if (limits.first_byte_ms !== null) {
      const firstByteMs = limits.first_byte_ms;
      this.#silence = setTimeout(() => this.#timeOut(`sent no byte within ${firstByteMs} ms`), firstByteMs);
    }
    if (cut.aborted) this.#onCut();
    else cut.addEventListener('abort', this.#onCut, { once: true });
  }

  get signal(): StopSignal {
    return this.#stopper;
  }

  /** Why we broke the call off; null while we have not. */
  get reason(): SkeinError | null {
    return this.#reason;
  }

  heard(): void {
    this.#heardAt = performance.now();
    if (this.#hasHeard) return;
    this.#hasHeard = true;
    clearTimeout(this.#silence ?? undefined);
    this.#silence = this.#idleMs === null ? null : this.#listenFor(this.#idleMs, this.#idleMs);
  }

  /** Setting a timer back at every byte would cost more than asking it, when it rings, whether it rings too soon. */
  #listenFor(ms: number, idleMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      const left = Math.ceil(this.#heardAt + idleMs - performance.now());
      if (left > 0) this.#silence = this.#listenFor(left, idleMs);
      else this.#timeOut(`was silent for ${idleMs} ms`);
    }, ms);
  }

  cut(reason: SkeinError): void {
    if (this.#reason !== null) return;
    this.#reason = reason;
    this.#stopper.abort(reason);
  }

  release(): void {
    clearTimeout(this.#whole);
    clearTimeout(this.#silence ?? undefined);
    this.#cutSignal.removeEventListener('abort', this.#onCut);
  }

  #timeOut(what: string): void {
    this.cut(new SkeinError('vendor_timeout', `${this.#vendor} ${what}.`, { source: 'vendor', vendor: this.#vendor }));
  }
}

/** Errors that come before a request can have left: nothing was used, and another vendor may be asked. */
const NEVER_SENT = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ERR_INVALID_URL',
  'UND_ERR_INVALID_ARG',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** A name tried at several addresses fails with an AggregateError that holds one error for each. */
function systemCode(thrown: unknown): string {
  if (!isObject(thrown)) return '';
  if (typeof thrown.code === 'string') return thrown.code;
  return Array.isArray(thrown.errors) ? systemCode((thrown.errors as unknown[])[0]) : '';
}

function connectionError(vendor: string, thrown: unknown, hasBytes: boolean): SkeinError {
  const code = systemCode(thrown);
  const because = code === '' ? '' : ` (${code})`;
  const options = { source: 'vendor', vendor, cause: thrown } as const;
  if (NEVER_SENT.has(code))
    return new SkeinError('vendor_unreachable', `${vendor} cannot be reached${because}.`, options);
  if (hasBytes) {
    return new SkeinError(
      'vendor_stream_cut',
      `${vendor} broke the connection off within its answer${because}.`,
      options,
    );
  }
  return new SkeinError(
    'vendor_connection_lost',
    `${vendor} closed the connection before it answered${because}.`,
    options,
  );
}

/** Reads a body into one piece. Throws `answer_too_large` beyond `maxBytes`. */
export async function readAll(
  answer: HttpAnswer,
  vendor: string,
  maxBytes: number,
  onFirstByte: () => void = () => undefined,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  await answer.read((bytes) => {
    if (size === 0) onFirstByte();
    size += bytes.length;
    if (size > maxBytes) {
      throw new SkeinError('answer_too_large', `${vendor} sent more than ${maxBytes} bytes.`, {
        source: 'vendor',
        vendor,
      });
    }
    pieces.push(bytes);
  });
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
}
