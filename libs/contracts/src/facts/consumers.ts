import { AttemptFinished, AttemptStarted } from '../attempt/attempt-facts.js';
import { AlertRaised } from '../health/alert-raised.js';
import { CompletionFinished } from '../orchestrator/completion-finished.js';

export const FACT_STREAM = 'SKEIN_FACTS';
export const FACT_SUBJECTS = 'skein.fact.>';

/**
 * Who must have read a fact before the stream may forget it. Durable consumers, made together with the stream, so that
 * facts stated before a room's first start wait for it. One filter each: servers before 2.10 know no more.
 */
export const factConsumers = {
  'billing-attempts': 'skein.fact.attempt.finished.v1',
  'jobs-attempts': 'skein.fact.attempt.finished.v1',
  'records-facts': 'skein.fact.>',
} as const satisfies Record<string, string>;
export type FactConsumer = keyof typeof factConsumers;

export const facts = [AttemptStarted, AttemptFinished, CompletionFinished, AlertRaised] as const;
