import type { VendorQuota } from '@skein/contracts/attempt';
import { SkeinError, type ErrorCode } from '@skein/contracts/errors';
import type { AttemptLimits } from '@skein/contracts/router';
import type { StopSignal } from '@skein/contracts/wire';
import { recordRejectedKey, type Logger } from '@skein/telemetry';
import { CONNECT_MS, callVendor, readAll, type HttpAnswer, type VendorLine } from './call-vendor.js';
import { callBySocket } from './call-socket.js';
import type { Clock } from './clock.js';
import type { KeyRing, VendorKey } from './key-ring.js';
import { readQuota } from './read-quota.js';
import type { Site } from './sites.js';
import type { PlainCall, VendorAdapter, VendorCall } from './vendor-adapter.js';

/** What an error has to say fits in this. */
const MAX_ERROR_BYTES = 256 * 1024;
const USER_AGENT = 'skein/0.1';

/** What a worker reaches its vendor with. */
export interface VendorAccess {
  readonly adapter: VendorAdapter;
  readonly line: VendorLine;
  readonly keys: KeyRing;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Other places the vendor may be asked at, where this one refuses before anything was used. */
  readonly spares?: readonly Pick<Site, 'id' | 'line' | 'keys'>[];
  /** Called when a key was rejected. */
  readonly onKeyRejected?: () => void;
}

export interface Asking {
  readonly limits: AttemptLimits;
  readonly cut: StopSignal;
  /** For our own sandbox: whose call this is. Real vendors get none. */
  readonly tracing: Readonly<Record<string, string>>;
  /** Called with every key that is tried, as it may be shown, and where it was shown. */
  readonly onKey: (label: string, line: VendorLine) => void;
  /** Called with every id the vendor gives this request. */
  readonly onRequestId: (id: string) => void;
  /** Called with what the vendor says is left of its limits. */
  readonly onQuota: (quota: VendorQuota | null) => void;
}

/** A key that is over its rate rests this long where the vendor does not say how long. */
const KEY_REST_MS = 1_000;

/**
 * Sends a call and returns the answer once its status is good. A rejected key is set aside, one over its limits rests, and
 * the next is tried, at the next place when no key is left at one: within one attempt, because a refused call used nothing.
 * Throws SkeinError.
 */
export async function askVendor(
  access: VendorAccess,
  call: PlainCall & Pick<VendorCall, 'socket'>,
  asking: Asking,
): Promise<HttpAnswer> {
  const { adapter, clock, spares = [] } = access;
  const vendor = adapter.vendor.id;
  let refused: SkeinError | null = null;
  for (const place of [{ id: null, line: access.line, keys: access.keys }, ...spares]) {
    if (call.socket !== undefined && place.line.socketBase === null) continue;
    for (const key of place.keys.keysToTry(clock.monotonic())) {
      const answer = await askWith(access, place.line, key, call, asking);
      if (!(answer instanceof SkeinError)) return answer;
      if (answer.code !== 'vendor_unreachable') restKey(access, place.keys, key, answer);
      refused = sooner(refused, answer);
      // Another key does not make a place reachable.
      if (answer.code === 'vendor_unreachable') break;
    }
  }
  throw refused ?? new SkeinError('vendor_unauthorized', `${vendor} has no key to try.`, { source: 'vendor', vendor });
}

/** Asks with one key. What the next key or place may do better comes back as an error; all else is thrown. */
async function askWith(
  { adapter, clock }: VendorAccess,
  line: VendorLine,
  key: VendorKey,
  call: PlainCall & Pick<VendorCall, 'socket'>,
  asking: Asking,
): Promise<HttpAnswer | SkeinError> {
  const vendor = adapter.vendor.id;
  const outgoing = { host: line.host, path: line.basePath + call.path, body: call.body, region: line.region };
  line.connectMs = asking.limits.connect_ms ?? CONNECT_MS;
  asking.onKey(key.label, line);
  let answer: HttpAnswer;
  try {
    const headers = {
      'user-agent': USER_AGENT,
      ...call.headers,
      ...(key.secret !== '' && adapter.authorize(key.secret, { ...outgoing, at: clock.now() })),
      ...asking.tracing,
    };
    const { path, body, socket } = call;
    const { limits, cut } = asking;
    answer =
      socket === undefined
        ? await callVendor(line, { path, headers, body, limits, cut })
        : await callBySocket(line, { path, headers, message: body, limits, cut, isLast: socket.isLast });
  } catch (thrown) {
    if (thrown instanceof SkeinError && thrown.code === 'vendor_unreachable') return thrown;
    throw thrown;
  }
  const requestId = adapter.readRequestId(answer.headers);
  if (requestId !== null) asking.onRequestId(requestId);
  if (answer.status >= 200 && answer.status < 300) {
    asking.onQuota(readQuota(answer.headers, clock.now()));
    return answer;
  }
  const error = adapter.readError(answer.status, answer.headers, await readComplaint(answer, vendor), clock.now());
  if (nextKeyMayDo.has(error.code)) return error;
  throw error;
}

function restKey(access: VendorAccess, keys: KeyRing, key: VendorKey, error: SkeinError): void {
  if (error.code !== 'vendor_unauthorized') {
    keys.rest(key, access.clock.monotonic() + (error.retryAfterMs ?? KEY_REST_MS));
    return;
  }
  keys.setAside(key);
  const provider = access.adapter.vendor.genAiProviderName;
  recordRejectedKey(provider);
  access.logger.warn(
    { vendor: access.adapter.vendor.id, key: key.label, vendor_code: error.vendorCode },
    'the vendor rejected a key; it is set aside',
  );
  access.onKeyRejected?.();
}

/** What is wrong with one key need not be wrong with the next. */
const nextKeyMayDo: ReadonlySet<ErrorCode> = new Set([
  'vendor_unauthorized',
  'vendor_rate_limited',
  'vendor_spend_limit',
]);

const sayLittle: ReadonlySet<ErrorCode> = new Set(['vendor_unauthorized', 'vendor_unreachable']);

/** Of the keys' refusals, the one that ends first is the one worth telling. */
function sooner(before: SkeinError | null, now: SkeinError): SkeinError {
  if (before === null || sayLittle.has(before.code)) return now;
  if (sayLittle.has(now.code)) return before;
  return (now.retryAfterMs ?? Infinity) < (before.retryAfterMs ?? Infinity) ? now : before;
}

/** The status alone says enough when the body cannot be read. */
async function readComplaint(answer: HttpAnswer, vendor: string): Promise<Uint8Array> {
  try {
    return await readAll(answer, vendor, MAX_ERROR_BYTES);
  } catch (thrown) {
    if (thrown instanceof SkeinError && thrown.code === 'cancelled') throw thrown;
    return new Uint8Array(0);
  }
}
