import type { Bus } from '@skein/bus';
import { LookUpAnswer, type AnswerOrigin } from '@skein/contracts/cache';
import { Classify, type Features } from '@skein/contracts/classifier';
import { SkeinError, toSkeinError } from '@skein/contracts/errors';
import type { RequestMetadata } from '@skein/contracts/gateway';
import { operationTable, type Operation } from '@skein/contracts/operation';
import { DecideRoute, type RoutePlan } from '@skein/contracts/router';
import type { CallContext, RequestBody } from '@skein/contracts/wire';
import { askUntilBack } from './ask-until-back.js';

/** What the walk needs of an order to understand it: the same for a completion and for an explanation. */
export interface Question {
  readonly tenant: string;
  readonly key_id?: string;
  readonly model: string;
  readonly stream: boolean;
  readonly max_output_tokens: number | null;
  readonly metadata: RequestMetadata;
  /** Absent: chat. */
  readonly operation?: Operation | undefined;
  readonly input_tokens?: number | undefined;
  readonly spare_quota_only?: boolean | undefined;
}

/** What the mesh assumes of a prompt when no classifier answers: nothing. The policy's default list applies. */
const unclassified: Features = {
  task: 'qa',
  declared: null,
  confidence: 0,
  abstained: true,
  language: 'und',
  tokens: 0,
  turns: 0,
  complexity: { score: 0.5, tier: 'standard' },
  needs: [],
};

const nobodyThere = new Set(['no_responders', 'unavailable', 'deadline_exceeded', 'worker_lost']);

export interface Understood {
  readonly features: Features;
  /** No classifier answered: these features claim nothing. */
  readonly isAssumed: boolean;
}

/** Asks the classifier, where there is a prompt to look at. A mesh without one still answers; a fault of the caller's is thrown as it is. */
export async function classify(
  bus: Bus,
  question: Question,
  body: RequestBody,
  context: CallContext,
): Promise<Understood> {
  const declared = question.metadata.task ?? null;
  if (!operationTable[question.operation ?? 'chat'].isClassified) {
    return { features: { ...unclassified, declared, tokens: question.input_tokens ?? 0 }, isAssumed: false };
  }
  try {
    return { features: await bus.call(Classify, { declared_task: declared }, context, { body }), isAssumed: false };
  } catch (thrown) {
    const error = toSkeinError(thrown);
    if (!nobodyThere.has(error.code)) throw error;
    return { features: { ...unclassified, declared }, isAssumed: true };
  }
}

/**
 * Asks the router. Without one nothing can be run, so one that has just died is waited for, up to `waitMs`; then it is
 * `unavailable`.
 */
export async function decide(
  bus: Bus,
  question: Question,
  features: Features,
  context: CallContext,
  waitMs: number,
): Promise<RoutePlan> {
  const asked = {
    tenant: question.tenant,
    ...(question.key_id !== undefined && { key_id: question.key_id }),
    model: question.model,
    stream: question.stream,
    operation: question.operation ?? 'chat',
    max_output_tokens: question.max_output_tokens,
    ...(question.spare_quota_only === true && { spare_quota_only: true }),
    features,
    metadata: question.metadata,
  };
  try {
    return await askUntilBack(bus.fleet, () => bus.call(DecideRoute, asked, context), context, waitMs);
  } catch (thrown) {
    const error = toSkeinError(thrown);
    if (error.code !== 'no_responders') throw error;
    throw new SkeinError('unavailable', 'No router is running at the moment', { retryAfterMs: 1_000, cause: error });
  }
}

export interface CacheAnswer {
  readonly key: string;
  readonly origin: AnswerOrigin | null;
}

/** Asks the exact cache. A cache that is away, slow or broken is a miss, never an error. */
export async function lookUp(
  bus: Bus,
  where: { tenant: string; vendor: string; model: string },
  body: RequestBody,
  context: CallContext,
): Promise<CacheAnswer | null> {
  return bus.call(LookUpAnswer, where, context, { body }).catch(() => null);
}

/** Does the exact cache take part, by the caller's word, else the policy's? */
export function usesCache(
  wish: 'policy' | 'exact' | 'off',
  policy: RoutePlan['cache'],
  temperature: number | null,
): boolean {
  const byWish = {
    off: () => false,
    exact: () => true,
    policy: () => {
      const byPolicy = { always: true, never: false, temperature_zero: temperature === 0 } as const;
      return byPolicy[policy];
    },
  } as const;
  return byWish[wish]();
}
