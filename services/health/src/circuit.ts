/**
 * When a deployment is rested and when it is asked again: a small machine over answers, errors and time. Time is passed in.
 * closed → open (three errors in a row, or more than one in twenty) → half open (its time is over) → closed (two answers)
 * or open again (an error).
 */
export type CircuitState = 'closed' | 'open' | 'half_open';

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

export const circuitRules = {
  consecutiveErrors: 3,
  errorRate: 0.05,
  /** An error rate means nothing over fewer attempts. */
  attemptsForRate: 20,
  restMs: 30_000,
  answersToClose: 2,
} as const;

export const closedCircuit: Circuit = { state: 'closed', until: null, answers: 0 };

/** The circuit once time has passed: an opening that is over becomes half open. */
export function atTime(circuit: Circuit, now: number): Circuit {
  if (circuit.state !== 'open' || circuit.until === null || now < circuit.until) return circuit;
  return { state: 'half_open', until: null, answers: 0 };
}

/** The circuit after an answer. */
export function afterAnswer(circuit: Circuit): Circuit {
  if (circuit.state === 'closed') return circuit;
  const answers = circuit.answers + 1;
  return answers >= circuitRules.answersToClose ? closedCircuit : { ...circuit, answers };
}

/** The circuit after an error that speaks against the vendor. `retryAt` is when the vendor asked to be called again. */
export function afterError(circuit: Circuit, evidence: Evidence, retryAt: number | null, now: number): Circuit {
  if (circuit.state === 'closed' && !shouldOpen(evidence)) return circuit;
  const rest = circuit.state === 'open' ? (circuit.until ?? now) : now + circuitRules.restMs;
  return { state: 'open', until: Math.max(rest, retryAt ?? 0), answers: 0 };
}

function shouldOpen({ consecutiveErrors, attempts, errors }: Evidence): boolean {
  if (consecutiveErrors >= circuitRules.consecutiveErrors) return true;
  return attempts >= circuitRules.attemptsForRate && errors / attempts > circuitRules.errorRate;
}
