/**
 * When a deployment is rested and when it is asked again: a small machine over answers, errors and time. Time is passed in.
 * closed → open (three errors in a row, more than one in twenty, or much slower than usual) → half open (its time is over)
 * → closed (two answers) or open again (an error).
 */
import type { CircuitChange } from '@skein/contracts/health';

export type CircuitState = 'closed' | 'open' | 'half_open';
export type CircuitReason = CircuitChange['why'];

export interface Circuit {
  readonly state: CircuitState;
  /** Ms since the epoch, when open: the latest deadline known. */
  readonly until: number | null;
  /** Answers since it opened. */
  readonly answers: number;
}

/** What speaks for opening: the window as it is with the error in it. */
export interface Evidence {
  readonly consecutiveErrors: number;
  readonly attempts: number;
  readonly errors: number;
}

export interface CircuitRules {
  readonly consecutiveErrors: number;
  readonly errorRate: number;
  /** An error rate means nothing over fewer attempts. */
  readonly attemptsForRate: number;
  readonly restMs: number;
  readonly answersToClose: number;
}

export const circuitRules: CircuitRules = {
  consecutiveErrors: 3,
  errorRate: 0.05,
  attemptsForRate: 20,
  restMs: 30_000,
  answersToClose: 2,
};

export const closedCircuit: Circuit = { state: 'closed', until: null, answers: 0 };

/** The circuit once time has passed: an opening that is over becomes half open. */
export function atTime(circuit: Circuit, now: number): Circuit {
  if (circuit.state !== 'open' || circuit.until === null || now < circuit.until) return circuit;
  return { state: 'half_open', until: null, answers: 0 };
}

/** The circuit after an answer. */
export function afterAnswer(circuit: Circuit, rules = circuitRules): Circuit {
  if (circuit.state === 'closed') return circuit;
  const answers = circuit.answers + 1;
  return answers >= rules.answersToClose ? closedCircuit : { ...circuit, answers };
}

/** The circuit after an error that speaks against the vendor. `retryAt` is when the vendor asked to be called again. */
export function afterError(
  circuit: Circuit,
  evidence: Evidence,
  retryAt: number | null,
  now: number,
  rules = circuitRules,
): Circuit {
  if (circuit.state === 'closed' && whyOpen(evidence, rules) === null) return circuit;
  const rest = circuit.state === 'open' ? (circuit.until ?? now) : now + rules.restMs;
  return { state: 'open', until: Math.max(rest, retryAt ?? 0), answers: 0 };
}

/** Opens it for its rest, whatever the errors: it is there, but too slow to be of use. */
export function openForRest(now: number, rules = circuitRules): Circuit {
  return { state: 'open', until: now + rules.restMs, answers: 0 };
}

/** The rule by which errors open a circuit; null: none. */
export function whyOpen(evidence: Evidence, rules: CircuitRules): 'consecutive_errors' | 'error_rate' | null {
  const { consecutiveErrors, attempts, errors } = evidence;
  if (consecutiveErrors >= rules.consecutiveErrors) return 'consecutive_errors';
  return attempts >= rules.attemptsForRate && errors / attempts > rules.errorRate ? 'error_rate' : null;
}
