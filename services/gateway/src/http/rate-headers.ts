/** How much of its limits a caller has left, under the names its client reads. Nothing is said of what is not limited. */
import type { ServerResponse } from 'node:http';
import type { AdmittedChat } from '../door/admitted-chat.js';

const WINDOW_MS = 60_000;

const limited = { requests: 'requests_per_minute', tokens: 'tokens_per_minute' } as const;
type Limited = keyof typeof limited;

export interface RateState {
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds until all of it is there again: it comes back evenly over a minute. */
  readonly resetMs: number;
}

/** The state of a limit after this request; null where there is none, or nobody knows. */
function stateOf({ admission, limits }: AdmittedChat, what: Limited): RateState | null {
  const name = limited[what];
  const limit = limits[name];
  const remaining = admission.remaining[name];
  if (limit === null || remaining === null || admission.unchecked) return null;
  const left = Math.max(0, Math.min(limit, Math.floor(remaining)));
  return { limit, remaining: left, resetMs: Math.ceil(((limit - left) * WINDOW_MS) / limit) };
}

type Writer = (what: Limited, state: RateState, now: number) => Record<string, string>;

const writers: Readonly<Record<'openai' | 'anthropic', Writer>> = {
  openai: (what, { limit, remaining, resetMs }) => ({
    [`x-ratelimit-limit-${what}`]: String(limit),
    [`x-ratelimit-remaining-${what}`]: String(remaining),
    [`x-ratelimit-reset-${what}`]: resetMs < 1_000 ? `${resetMs}ms` : `${resetMs / 1_000}s`,
  }),
  anthropic: (what, { limit, remaining, resetMs }, now) => ({
    [`anthropic-ratelimit-${what}-limit`]: String(limit),
    [`anthropic-ratelimit-${what}-remaining`]: String(remaining),
    [`anthropic-ratelimit-${what}-reset`]: new Date(now + resetMs).toISOString().replace(/\.\d+Z$/, 'Z'),
  }),
};

/** The headers of a dialect; `now` in ms since the epoch. */
export function rateHeaders(chat: AdmittedChat, dialect: keyof typeof writers, now: number): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const what of ['requests', 'tokens'] as const) {
    const state = stateOf(chat, what);
    if (state !== null) Object.assign(headers, writers[dialect](what, state, now));
  }
  return headers;
}

/** Sets them on a response, whoever writes its head, and whether it ends well. */
export function tellRates(response: ServerResponse, chat: AdmittedChat, dialect: keyof typeof writers): void {
  for (const [name, value] of Object.entries(rateHeaders(chat, dialect, Date.now()))) response.setHeader(name, value);
}
