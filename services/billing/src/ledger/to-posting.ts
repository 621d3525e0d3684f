// The point of the ledger: what one attempt fact posts. A fact maps to one posting and nothing but the fact decides it, so
// that a redelivered fact makes the same posting, and two facts of one attempt can be told apart by their outcome alone.
import type { AttemptEnding, AttemptFinishedFact, TokenBucket, UsageSource } from '@skein/contracts/attempt';

/** One row of the ledger, in its columns' names. Null buckets: nobody knows what was used. */
export interface Posting extends Record<TokenBucket, number | null> {
  readonly attempt_id: string;
  readonly request_id: string;
  readonly tenant: string;
  readonly project: string | null;
  readonly key_id: string;
  readonly user: string | null;
  readonly cost_center: string | null;
  readonly kind: AttemptFinishedFact['kind'];
  readonly vendor: string;
  readonly model: string;
  readonly task: string | null;
  readonly outcome: AttemptEnding;
  readonly usage_source: UsageSource;
  /** Nano-USD; null where the price or the usage is unknown. */
  readonly cost_nano_usd: number | null;
  readonly price_revision: string;
  /** The currency the price is stated in, its units per USD and the day of that rate; null where it is stated in USD. */
  readonly price_currency: string | null;
  readonly currency_per_usd: string | null;
  readonly currency_rate_date: string | null;
  readonly sandboxed: boolean;
  /** When the attempt ended, ISO 8601. */
  readonly at: string;
}

const UNKNOWN_USAGE: Record<TokenBucket, null> = {
  input_uncached: null,
  cache_read: null,
  cache_write_5m: null,
  cache_write_1h: null,
  audio_in: null,
  image_in: null,
  output: null,
  reasoning: null,
  audio_out: null,
};

/** The posting of one fact. An `unknown` attempt holds its place in the ledger and posts nothing: no usage, no cost. */
export function toPosting(fact: AttemptFinishedFact): Posting {
  const isUnknown = fact.outcome === 'unknown';
  return {
    attempt_id: fact.attempt_id,
    request_id: fact.request_id,
    tenant: fact.caller.tenant,
    project: fact.caller.project,
    key_id: fact.caller.key_id,
    user: fact.caller.user,
    cost_center: fact.caller.cost_center,
    kind: fact.kind,
    vendor: fact.vendor,
    model: fact.model,
    task: fact.task,
    outcome: fact.outcome,
    ...((isUnknown ? null : fact.usage) ?? UNKNOWN_USAGE),
    usage_source: isUnknown ? 'none' : fact.usage_source,
    cost_nano_usd: isUnknown ? null : fact.cost_nano_usd,
    price_revision: fact.price_revision,
    price_currency: fact.exchange?.currency ?? null,
    currency_per_usd: fact.exchange?.per_usd ?? null,
    currency_rate_date: fact.exchange?.date ?? null,
    sandboxed: fact.sandboxed,
    at: new Date(fact.at).toISOString(),
  };
}

/** One posting per attempt: the first that knows its outcome, else the first. The same rule the table keeps across batches. */
export function bestOfEachAttempt(postings: readonly Posting[]): Posting[] {
  const best = new Map<string, Posting>();
  for (const posting of postings) {
    const known = best.get(posting.attempt_id);
    if (known === undefined || (known.outcome === 'unknown' && posting.outcome !== 'unknown')) {
      best.set(posting.attempt_id, posting);
    }
  }
  return [...best.values()];
}
