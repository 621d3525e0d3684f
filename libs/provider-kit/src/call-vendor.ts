/**
 * One HTTP call to a vendor over a pool of kept connections, bounded in time by the attempt's limits. Whatever breaks comes
 * out as a SkeinError that says whether the vendor can have seen the request.
 */
import { buildConnector, Pool, type Dispatcher } from 'undici';
import { SkeinError } from '@skein/contracts/errors';
import type { AttemptLimits } from '@skein/contracts/router';
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
  readonly cut: AbortSignal;
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
export async function callVendor(line: VendorLine, call: HttpCall): Promise<HttpAnswer> {
  const guard = new CallGuard(line.vendor, call.limits, call.cut);
  let response: Dispatcher.ResponseData;
  try {
    response = await line.pool.request({
      method: 'POST',
      path: line.basePath + call.path,
      headers: call.headers,
      body: call.body,
      signal: guard.signal,
    });
  } catch (thrown) {
    guard.release();
    throw guard.reason ?? connectionError(line.vendor, thrown, false);
  }
  return {
    status: response.statusCode,
    headers: response.headers,
    read: (onBytes) => readBody(line.vendor, response.body, guard, onBytes),
  };
}

function readBody(
  vendor: string,
  body: Dispatcher.ResponseData['body'],
  guard: CallGuard,
  onBytes: (bytes: Buffer) => void,
): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    let hasBytes = false;
    const fail = (error: unknown) => {
      guard.release();
      reject(error as Error);
    };
    body.on('data', (bytes: Buffer) => {
      hasBytes = true;
      guard.heard();
      try {
        onBytes(bytes);
      } catch (thrown) {
        // The listener that follows must not turn this into a lost connection.
        fail(thrown);
        guard.cut(
          thrown instanceof SkeinError ? thrown : new SkeinError('internal', String(thrown), { cause: thrown }),
        );
      }
    });
    body.on('end', () => {
      guard.release();
      resolve();
    });
    body.on('error', (thrown) => fail(guard.reason ?? connectionError(vendor, thrown, hasBytes)));
    body.on('close', () => {
      if (!body.readableEnded) fail(guard.reason ?? connectionError(vendor, undefined, hasBytes));
    });
  });
}

/** Watches the limits of one call; one timer for silence, one for the whole. */
export class CallGuard {
  readonly #controller = new AbortController();
  readonly #vendor: string;
  readonly #idleMs: number | null;
  readonly #cutSignal: AbortSignal;
  readonly #onCut = () => this.cut(new SkeinError('cancelled', 'The attempt was cancelled.'));
  readonly #whole: NodeJS.Timeout;
  #silence: NodeJS.Timeout | null = null;
  #hasHeard = false;
  #reason: SkeinError | null = null;

  constructor(vendor: string, limits: AttemptLimits, cut: AbortSignal) {
    this.#vendor = vendor;
    this.#idleMs = limits.idle_ms;
    this.#cutSignal = cut;
    this.#whole = setTimeout(() => this.#timeOut(`took longer than ${limits.call_ms} ms`), limits.call_ms);
    if (limits.first_byte_ms !== null) {
      const firstByteMs = limits.first_byte_ms;
      this.#silence = setTimeout(() => this.#timeOut(`sent no byte within ${firstByteMs} ms`), firstByteMs);
    }
    if (cut.aborted) this.#onCut();
    else cut.addEventListener('abort', this.#onCut, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why we broke the call off; null while we have not. */
  get reason(): SkeinError | null {
    return this.#reason;
  }

  heard(): void {
    if (this.#hasHeard) {
      this.#silence?.refresh();
      return;
    }
    this.#hasHeard = true;
    clearTimeout(this.#silence ?? undefined);
    const idleMs = this.#idleMs;
    this.#silence = idleMs === null ? null : setTimeout(() => this.#timeOut(`was silent for ${idleMs} ms`), idleMs);
  }

  cut(reason: SkeinError): void {
    if (this.#reason !== null) return;
    this.#reason = reason;
    this.#controller.abort(reason);
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
