// The point of the room: what is known of an attempt, however its facts came: late, twice, or the end before the beginning.
import {
  advanceAttempt,
  plannedAttempt,
  type AttemptEnding,
  type AttemptEvent,
  type AttemptFinishedFact,
  type AttemptStartedFact,
  type AttemptState,
} from '@skein/contracts/attempt';
import type { AttemptSummary } from '@skein/contracts/orchestrator';

/** What is known of one attempt. */
export interface AttemptRecord {
  readonly id: string;
  readonly requestId: string;
  readonly tenant: string;
  readonly user: string | null;
  /** Order within its request, from 1. */
  readonly no: number;
  readonly state: AttemptState;
  /** As exact as the facts allow, ms since the epoch. */
  readonly startedAt: number;
  readonly task: string | null;
  readonly traceparent: string | null;
  readonly summary: Omit<AttemptSummary, 'outcome'>;
}

/** What one fact says of an attempt. */
export interface AttemptNews extends Omit<AttemptRecord, 'state'> {
  readonly event: AttemptEvent;
}

const eventOfEnding: Record<AttemptEnding, AttemptEvent> = {
  finished: 'finish',
  failed: 'fail',
  cancelled: 'cancel',
  unknown: 'lose',
};

/** Folds news into what is known. Returns `known` itself when the news changes nothing. */
export function foldAttempt(known: AttemptRecord | null, { event, ...news }: AttemptNews): AttemptRecord {
  const life = known === null ? plannedAttempt : { state: known.state, fenced: false };
  // The table refuses a second start, which would be the conductor's mistake; a second delivery of one is nobody's.
  if (known !== null && event === 'send' && life.state !== 'planned') return known;
  const next = advanceAttempt(life, event);
  if (known !== null && next === life) return known;
  return { ...news, startedAt: Math.min(known?.startedAt ?? Infinity, news.startedAt), state: next.state };
}

export function newsOfStart(fact: AttemptStartedFact): AttemptNews {
  return {
    ...identityOf(fact),
    event: 'send',
    startedAt: fact.at,
    summary: {
      id: fact.attempt_id,
      vendor: fact.vendor,
      model: fact.model,
      first_byte_ms: null,
      total_ms: 0,
      usage: null,
      usage_source: 'none',
      cost_nano_usd: null,
      error: null,
    },
  };
}

export function newsOfEnd(fact: AttemptFinishedFact): AttemptNews {
  return {
    ...identityOf(fact),
    event: eventOfEnding[fact.outcome],
    startedAt: Math.round(fact.at - fact.total_ms),
    summary: {
      id: fact.attempt_id,
      vendor: fact.vendor,
      model: fact.model,
      first_byte_ms: fact.first_byte_ms,
      total_ms: fact.total_ms,
      usage: fact.usage,
      usage_source: fact.usage_source,
      cost_nano_usd: fact.outcome === 'unknown' ? null : fact.cost_nano_usd,
      error: fact.error,
      ...(fact.model_served !== null && { model_served: fact.model_served }),
      ...(fact.drifted === true && { drifted: true }),
    },
  };
}

/** What the sink's own account says of an attempt: it fills in where the worker's facts have not arrived. */
export function newsOfSummary(
  { outcome, ...summary }: AttemptSummary,
  request: Omit<AttemptRecord, 'id' | 'state' | 'summary'>,
): AttemptNews {
  return { ...request, id: summary.id, event: eventOfEnding[outcome], summary };
}

function identityOf(fact: AttemptStartedFact) {
  return {
    id: fact.attempt_id,
    requestId: fact.request_id,
    tenant: fact.caller.tenant,
    user: fact.caller.user,
    no: fact.attempt_no,
    task: fact.task,
    traceparent: fact.traceparent ?? null,
  };
}
