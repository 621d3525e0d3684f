/** How much of its limits a caller has left, under the names its client reads. Nothing is said of what is not limited. */
import type { FastifyReply } from 'fastify';
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

/** The three headers of a limit. */
interface Names {
  readonly limit: string;
  readonly remaining: string;
  readonly reset: string;
}

interface Dialect {
  readonly names: Readonly<Record<Limited, Names>>;
  readonly reset: (resetMs: number, now: number) => string;
}

const openAiNames = (what: Limited): Names => ({
  limit: `x-ratelimit-limit-${what}`,
  remaining: `x-ratelimit-remaining-${what}`,
  reset: `x-ratelimit-reset-${what}`,
});
const anthropicNames = (what: Limited): Names => ({
  limit: `anthropic-ratelimit-${what}-limit`,
  remaining: `anthropic-ratelimit-${what}-remaining`,
  reset: `anthropic-ratelimit-${what}-reset`,
});

const dialects: Readonly<Record<'openai' | 'anthropic', Dialect>> = {
  openai: {
    names: { requests: openAiNames('requests'), tokens: openAiNames('tokens') },
    reset: (resetMs) => (resetMs < 1_000 ? `${resetMs}ms` : `${resetMs / 1_000}s`),
  },
  anthropic: {
    names: { requests: anthropicNames('requests'), tokens: anthropicNames('tokens') },
    reset: (resetMs, now) => new Date(now + resetMs).toISOString().replace(/\.\d+Z$/, 'Z'),
  },
};

/** The headers of a dialect; `now` in ms since the epoch. */
export function rateHeaders(chat: AdmittedChat, dialect: keyof typeof dialects, now: number): Record<string, string> {
  const headers: Record<string, string> = {};
  const { names, reset } = dialects[dialect];
  const tell = (what: Limited): void => {
    const state = stateOf(chat, what);
    if (state === null) return;
    headers[names[what].limit] = String(state.limit);
    headers[names[what].remaining] = String(state.remaining);
    headers[names[what].reset] = reset(state.resetMs, now);
  };
  tell('requests');
  tell('tokens');
  return headers;
}

/** Sets them on a reply, whether it ends well or not. */
export function tellRates(reply: FastifyReply, chat: AdmittedChat, dialect: keyof typeof dialects): void {
  void reply.headers(rateHeaders(chat, dialect, Date.now()));
}
