/** All deployments' health: the fold of every attempt fact. No I/O and no clock. */
import type { AttemptFinishedFact } from '@skein/contracts/attempt';
import type { DeploymentHealth } from '@skein/contracts/health';
import { afterAnswer, afterError, atTime, closedCircuit, type Circuit } from './circuit.js';
import {
  emptyWindow,
  foldAttempt,
  forgetOutcomes,
  isForgotten,
  outcomesAt,
  summarize,
  type HealthWindow,
} from './health-window.js';
import { observeAttempt } from './observe-attempt.js';

interface Deployment {
  readonly vendor: string;
  readonly model: string;
  readonly window: HealthWindow;
  readonly circuit: Circuit;
}

/** A circuit that went from one state to another. */
export interface CircuitChange {
  readonly vendor: string;
  readonly model: string;
  readonly from: Circuit['state'];
  readonly to: Circuit['state'];
  readonly until: number | null;
}

export class Deployments {
  readonly #byId = new Map<string, Deployment>();

  /** Takes one fact in. Returns the change of its deployment's circuit, if there is one. */
  hear(fact: AttemptFinishedFact, now: number): CircuitChange | null {
    const observation = observeAttempt(fact, now);
    if (observation === null) return null;
    const id = `${fact.vendor}/${fact.model}`;
    const before = this.#byId.get(id) ?? fresh(fact.vendor, fact.model);
    const circuit = atTime(before.circuit, now);
    const window = foldAttempt(before.window, observation, now);
    const next =
      observation.outcome === 'answered'
        ? afterAnswer(circuit)
        : afterError(
            circuit,
            { ...outcomesAt(window, now), consecutiveErrors: window.consecutiveErrors },
            observation.retryAt,
            now,
          );
    const hasRecovered = circuit.state !== 'closed' && next.state === 'closed';
    const after: Deployment = { ...before, window: hasRecovered ? forgetOutcomes(window) : window, circuit: next };
    this.#byId.set(id, after);
    return changeBetween(before, after);
  }

  /** Lets time pass: openings end, and what nobody has used for long is forgotten. Returns the circuits that changed. */
  tick(now: number): CircuitChange[] {
    const changes: CircuitChange[] = [];
    for (const [id, before] of this.#byId) {
      const after = { ...before, circuit: atTime(before.circuit, now) };
      const change = changeBetween(before, after);
      if (change !== null) changes.push(change);
      if (after.circuit.state === 'closed' && isForgotten(after.window, now)) this.#byId.delete(id);
      else if (change !== null) this.#byId.set(id, after);
    }
    return changes;
  }

  /** Takes over the circuits of an earlier life; what it counted is not known any more. */
  restore(deployments: readonly DeploymentHealth[], now: number): void {
    for (const { vendor, model, circuit, until } of deployments) {
      if (circuit === 'closed' || this.#byId.has(`${vendor}/${model}`)) continue;
      const restored: Circuit = { state: circuit, until, answers: 0 };
      this.#byId.set(`${vendor}/${model}`, { ...fresh(vendor, model), circuit: atTime(restored, now) });
    }
  }

  /** Everything known at `now`, sorted by vendor and model. */
  report(now: number): DeploymentHealth[] {
    return [...this.#byId.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { vendor, model, circuit, window }]) => ({
        vendor,
        model,
        circuit: circuit.state,
        until: circuit.until,
        ...summarize(window, now),
      }));
  }
}

function fresh(vendor: string, model: string): Deployment {
  return { vendor, model, window: emptyWindow, circuit: closedCircuit };
}

function changeBetween(before: Deployment, { vendor, model, circuit }: Deployment): CircuitChange | null {
  if (before.circuit.state === circuit.state) return null;
  return { vendor, model, from: before.circuit.state, to: circuit.state, until: circuit.until };
}
