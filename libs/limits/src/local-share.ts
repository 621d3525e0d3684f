/**
 * What one gateway may let in while Redis is away and nobody can say what the others did: an equal share of each limit,
 * counted by itself. Pure; times in ms are passed in.
 */
import type { AdmissionRequest, LimitName, Refused, Scope } from './admission.js';

const MINUTE_MS = 60_000;

interface Counter {
  windowStartsAt: number;
  requests: number;
  tokens: number;
  inFlight: number;
}

export interface LocalPlace {
  leave(): void;
}

export class LocalShare {
  readonly #byScope = new Map<string, Counter>();

  /**
   * Admits by a share of `1 / gateways` of every limit in `limits` that a scope has (at least one request), or says which
   * refuses. A minute begins with its first request.
   */
  admit(
    { scopes, tokens }: Pick<AdmissionRequest, 'scopes' | 'tokens'>,
    limits: readonly LimitName[],
    gateways: number,
    now: number,
  ): LocalPlace | Refused {
    for (const scope of scopes) {
      const counter = this.#counterOf(scope.id, now);
      for (const limit of limits) {
        const whole = scope.limits[limit];
        if (whole === null) continue;
        const share = Math.max(1, Math.floor(whole / Math.max(1, gateways)));
        if (used(counter, limit, tokens) > share) return refusal(scope, limit, counter, tokens, now);
      }
    }
    const counters = scopes.map(({ id }) => this.#counterOf(id, now));
    for (const counter of counters) {
      counter.requests += 1;
      counter.tokens += tokens;
      counter.inFlight += 1;
    }
    let isHeld = true;
    return {
      leave: () => {
        if (isHeld) for (const counter of counters) counter.inFlight -= 1;
        isHeld = false;
      },
    };
  }

  /** Redis is back: it counts again, and knows better. */
  forget(): void {
    this.#byScope.clear();
  }

  #counterOf(id: string, now: number): Counter {
    let counter = this.#byScope.get(id);
    if (counter === undefined) {
      counter = { windowStartsAt: now, requests: 0, tokens: 0, inFlight: 0 };
      this.#byScope.set(id, counter);
    }
    if (now - counter.windowStartsAt >= MINUTE_MS) {
      Object.assign(counter, { windowStartsAt: now, requests: 0, tokens: 0 });
    }
    return counter;
  }
}

/** What would be used of a limit with one request more; the first of a minute always fits into a share of tokens. */
function used({ requests, tokens, inFlight }: Counter, limit: LimitName, asked: number): number {
  const withOneMore: Record<LimitName, number> = {
    requests_per_minute: requests + 1,
    tokens_per_minute: requests === 0 ? 0 : tokens + asked,
    in_flight: inFlight + 1,
  };
  return withOneMore[limit];
}

function refusal(scope: Scope, limit: LimitName, counter: Counter, tokens: number, now: number): Refused {
  const retryAfterMs = limit === 'in_flight' ? 1_000 : Math.max(1, counter.windowStartsAt + MINUTE_MS - now);
  const neverFits = limit === 'tokens_per_minute' && tokens > (scope.limits.tokens_per_minute ?? Infinity);
  return { admitted: false, scope: scope.id, limit, retryAfterMs, neverFits };
}
