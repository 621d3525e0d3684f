import type { Quota } from './wire.js';

const WINDOW_MS = 60_000;
/** More than a busy mesh sends, so that nobody holds back who is not told to (knob `quota`). */
const REQUEST_LIMIT = 1_000_000;
const TOKEN_LIMIT = 3_000_000_000;
const MOST_VENDORS = 256;

/** Counts what each vendor served in the running minute, for its rate-limit headers. It never refuses anybody. */
export class RateWindows {
  private readonly byVendor = new Map<string, { openedAt: number; requests: number; tokens: number }>();

  /** Counts one request and tells what is left. */
  take(vendor: string, tokens: number, nowMs: number, requestLimit = REQUEST_LIMIT): Quota {
    const window = this.windowOf(vendor, nowMs);
    window.requests += 1;
    window.tokens += tokens;
    return {
      requestLimit,
      requestsLeft: Math.max(0, requestLimit - window.requests),
      tokenLimit: TOKEN_LIMIT,
      tokensLeft: Math.max(0, TOKEN_LIMIT - window.tokens),
      resetMs: window.openedAt + WINDOW_MS - nowMs,
    };
  }

  private windowOf(vendor: string, nowMs: number): { openedAt: number; requests: number; tokens: number } {
    const running = this.byVendor.get(vendor);
    if (running !== undefined && nowMs - running.openedAt < WINDOW_MS) return running;
    if (this.byVendor.size >= MOST_VENDORS) this.byVendor.clear();
    const fresh = { openedAt: nowMs, requests: 0, tokens: 0 };
    this.byVendor.set(vendor, fresh);
    return fresh;
  }
}
