import type { VendorQuota } from '@skein/contracts/attempt';
import { SkeinError, type ErrorCode } from '@skein/contracts/errors';
import type { AttemptLimits } from '@skein/contracts/router';
import type { Logger } from '@skein/telemetry';
import { CONNECT_MS, callVendor, readAll, type HttpAnswer, type VendorLine } from './call-vendor.js';
import type { Clock } from './clock.js';
import type { KeyRing } from './key-ring.js';
import { readQuota } from './read-quota.js';
import type { PlainCall, VendorAdapter } from './vendor-adapter.js';

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
}

export interface Asking {
  readonly limits: AttemptLimits;
  readonly cut: AbortSignal;
  /** For our own sandbox: whose call this is. Real vendors get none. */
  readonly tracing: Readonly<Record<string, string>>;
  /** Called with every key that is tried, as it may be shown. */
  readonly onKey: (label: string) => void;
  /** Called with every id the vendor gives this request. */
  readonly onRequestId: (id: string) => void;
  /** Called with what the vendor says is left of its limits. */
  readonly onQuota: (quota: VendorQuota | null) => void;
}

/** A key that is over its rate rests this long where the vendor does not say how long. */
const KEY_REST_MS = 1_000;

/**
 * Sends a call and returns the answer once its status is good. A rejected key is set aside, one over its limits rests, and
 * the next is tried before giving up. Throws SkeinError.
 */
export async function askVendor(access: VendorAccess, call: PlainCall, asking: Asking): Promise<HttpAnswer> {
  const { adapter, line, keys, clock, logger } = access;
  const vendor = adapter.vendor.id;
  const outgoing = { host: line.host, path: line.basePath + call.path, body: call.body, region: line.region };
  let rejected: SkeinError | null = null;
  line.connectMs = asking.limits.connect_ms ?? CONNECT_MS;
  for (const key of keys.keysToTry(clock.monotonic())) {
    asking.onKey(key.label);
    const answer = await callVendor(line, {
      path: call.path,
      headers: {
        'user-agent': USER_AGENT,
        ...call.headers,
        ...(key.secret !== '' && adapter.authorize(key.secret, { ...outgoing, at: clock.now() })),
        ...asking.tracing,
      },
      body: call.body,
      limits: asking.limits,
      cut: asking.cut,
    });
    const requestId = adapter.readRequestId(answer.headers);
    if (requestId !== null) asking.onRequestId(requestId);
    if (answer.status >= 200 && answer.status < 300) {
      asking.onQuota(readQuota(answer.headers, clock.now()));
      return answer;
    }
    const error = adapter.readError(answer.status, answer.headers, await readComplaint(answer, vendor), clock.now());
    if (!nextKeyMayDo.has(error.code)) throw error;
    if (error.code === 'vendor_unauthorized') {
      keys.setAside(key);
      logger.warn({ vendor, key: key.label, status: answer.status }, 'the vendor rejected a key; it is set aside');
    } else {
      keys.rest(key, clock.monotonic() + (error.retryAfterMs ?? KEY_REST_MS));
    }
    rejected = sooner(rejected, error);
  }
  throw rejected ?? new SkeinError('vendor_unauthorized', `${vendor} has no key to try.`, { source: 'vendor', vendor });
}

/** What is wrong with one key need not be wrong with the next. */
const nextKeyMayDo: ReadonlySet<ErrorCode> = new Set([
  'vendor_unauthorized',
  'vendor_rate_limited',
  'vendor_spend_limit',
]);

/** Of the keys' refusals, the one that ends first is the one worth telling. */
function sooner(before: SkeinError | null, now: SkeinError): SkeinError {
  if (before === null || before.code === 'vendor_unauthorized') return now;
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
