import { formatUsd } from '@skein/catalog';
import type { JobListing, JobView } from '@skein/contracts/jobs';
import type { Explanation } from '@skein/contracts/orchestrator';
import type { RequestRecord } from '@skein/contracts/records';
import { publicPlan } from './explain-desk.js';

const usdOrNull = (nano: number | null): string | null => (nano === null ? null : formatUsd(nano));

function publicAttempt<Attempt extends { cost_nano_usd: number | null }>({ cost_nano_usd, ...attempt }: Attempt) {
  return { ...attempt, cost_usd: usdOrNull(cost_nano_usd) };
}

function publicExplanation({ plan, ...rest }: Explanation) {
  return { ...rest, plan: publicPlan(plan) };
}

/** A request's record as customers see it: the same facts, money as decimal strings of USD. */
export function publicRecord({ cost_nano_usd, explanation, attempts, ...record }: RequestRecord) {
  return {
    ...record,
    explanation: explanation === null ? null : publicExplanation(explanation),
    attempts: attempts.map(publicAttempt),
    cost_usd: usdOrNull(cost_nano_usd),
  };
}

/** A job as customers see it in a list. An attempt whose outcome nobody knows is called so. */
export function publicListing({ cost_nano_usd, attempts, ...job }: JobListing) {
  return {
    ...job,
    attempts: attempts.map((attempt) => ({
      ...publicAttempt(attempt),
      outcome: attempt.outcome === 'unknown' ? 'outcome_unknown' : attempt.outcome,
    })),
    cost_usd: usdOrNull(cost_nano_usd),
  };
}

/** A job as customers see it. */
export function publicJob({ result, explanation, ...job }: JobView) {
  return {
    ...publicListing(job),
    result,
    explanation: explanation === null ? null : publicExplanation(explanation),
  };
}
