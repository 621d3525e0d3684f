/** All deployments' health, and the same by vendor, key and region: the fold of every attempt fact. No I/O and no clock. */
import type { AttemptFinishedFact } from '@skein/contracts/attempt';
import type { CircuitChange, DeploymentHealth, HealthGroup } from '@skein/contracts/health';
import {
  afterAnswer,
  afterError,
  atTime,
  circuitRules,
  closedCircuit,
  openForRest,
  whyOpen,
  type Circuit,
  type CircuitRules,
} from './circuit.js';
import {
  emptyWindow,
  foldAttempt,
  forgetBadTimes,
  isForgotten,
  isMuchSlower,
  outcomesAt,
  summarize,
  type HealthWindow,
  type Observation,
  type WindowSummary,
} from './health-window.js';
import { observeAttempt } from './observe-attempt.js';
import { isRolledBack } from './rollback.js';

interface Deployment {
  readonly vendor: string;
  readonly model: string;
  readonly window: HealthWindow;
  readonly circuit: Circuit;
  readonly rolledBack: boolean;
}

interface Group {
  readonly by: 'vendor' | HealthGroup['by'];
  readonly vendor: string;
  readonly name: string;
  readonly window: HealthWindow;
}

/** A circuit that went from one state to another; the moment is added where it is kept. */
export type CircuitMove = Omit<CircuitChange, 'at'>;
/** A model that gave way to its backup, or came back. */
export interface RollbackMove {
  readonly vendor: string;
  readonly model: string;
  readonly rolledBack: boolean;
}
export interface Moves {
  readonly circuits: readonly CircuitMove[];
  readonly rollbacks: readonly RollbackMove[];
}

const nothingMoved: Moves = { circuits: [], rollbacks: [] };

export class Deployments {
  readonly #byId = new Map<string, Deployment>();
  readonly #groups = new Map<string, Group>();

  constructor(private readonly rules: CircuitRules = circuitRules) {}

  /** Takes one fact in. Returns what moved. */
  hear(fact: AttemptFinishedFact, now: number): Moves {
    const observation = observeAttempt(fact, now);
    if (observation === null) return nothingMoved;
    const { vendor } = fact;
    this.#group('vendor', vendor, vendor, observation, now);
    if (fact.key != null) this.#group('key', vendor, fact.key, observation, now);
    if (fact.region != null) this.#group('region', vendor, fact.region, observation, now);
    const id = `${vendor}/${fact.model}`;
    const before = this.#byId.get(id) ?? fresh(vendor, fact.model);
    const folded = foldAttempt(before.window, observation, now);
    const { circuit, why } = this.#next(atTime(before.circuit, now), folded, observation, now);
    const hasRecovered = before.circuit.state !== 'closed' && circuit.state === 'closed';
    const window = hasRecovered ? forgetBadTimes(folded, now) : folded;
    const rolledBack = isRolledBack(before.rolledBack, outcomesAt(window, now));
    const after: Deployment = { ...before, window, circuit, rolledBack };
    this.#byId.set(id, after);
    return movesBetween(before, after, why);
  }

  /** Lets time pass: openings end, and what nobody has used for long is forgotten. Returns what moved. */
  tick(now: number): Moves {
    const circuits: CircuitMove[] = [];
    const rollbacks: RollbackMove[] = [];
    for (const [id, before] of this.#byId) {
      const rolledBack = isRolledBack(before.rolledBack, outcomesAt(before.window, now));
      const after = { ...before, circuit: atTime(before.circuit, now), rolledBack };
      const moves = movesBetween(before, after, 'time_over');
      circuits.push(...moves.circuits);
      rollbacks.push(...moves.rollbacks);
      if (after.circuit.state === 'closed' && isForgotten(after.window, now)) this.#byId.delete(id);
      else if (moves !== nothingMoved) this.#byId.set(id, after);
    }
    for (const [id, { window }] of this.#groups) if (isForgotten(window, now)) this.#groups.delete(id);
    return { circuits, rollbacks };
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
    return sorted(this.#byId).map(({ vendor, model, circuit, window, rolledBack }) => ({
      vendor,
      model,
      circuit: circuit.state,
      until: circuit.until,
      ...(rolledBack && { rolled_back: true }),
      ...summarize(window, now),
    }));
  }

  /** Figures by key and region at `now`. */
  groups(now: number): HealthGroup[] {
    return sorted(this.#groups).flatMap(({ by, vendor, name, window }) =>
      by === 'vendor' ? [] : [{ by, vendor, name, ...summarize(window, now) }],
    );
  }

  /** Figures of a whole vendor at `now`. */
  figuresOf(vendor: string, now: number): WindowSummary {
    return summarize(this.#groups.get(groupId('vendor', vendor, vendor))?.window ?? emptyWindow, now);
  }

  #next(circuit: Circuit, window: HealthWindow, { outcome, retryAt }: Observation, now: number) {
    if (outcome === 'answered') {
      if (circuit.state === 'closed' && isMuchSlower(window, now)) {
        return { circuit: openForRest(now, this.rules), why: 'latency' as const };
      }
      return { circuit: afterAnswer(circuit, this.rules), why: 'answered' as const };
    }
    const evidence = { ...outcomesAt(window, now), consecutiveErrors: window.consecutiveErrors };
    return {
      circuit: afterError(circuit, evidence, retryAt, now, this.rules),
      why: whyOpen(evidence, this.rules) ?? ('consecutive_errors' as const),
    };
  }

  #group(by: Group['by'], vendor: string, name: string, observation: Observation, now: number): void {
    const id = groupId(by, vendor, name);
    const window = foldAttempt(this.#groups.get(id)?.window ?? emptyWindow, observation, now);
    this.#groups.set(id, { by, vendor, name, window });
  }
}

const groupId = (by: Group['by'], vendor: string, name: string) => `${by} ${vendor} ${name}`;

function sorted<Value>(byId: ReadonlyMap<string, Value>): Value[] {
  return [...byId].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

function fresh(vendor: string, model: string): Deployment {
  return { vendor, model, window: emptyWindow, circuit: closedCircuit, rolledBack: false };
}

function movesBetween(before: Deployment, after: Deployment, why: CircuitMove['why']): Moves {
  const { vendor, model, circuit, rolledBack } = after;
  const hasMoved = before.circuit.state !== circuit.state;
  const hasRolled = before.rolledBack !== rolledBack;
  if (!hasMoved && !hasRolled) return nothingMoved;
  const move = { vendor, model, from: before.circuit.state, to: circuit.state, until: circuit.until, why };
  return {
    circuits: hasMoved ? [move] : [],
    rollbacks: hasRolled ? [{ vendor, model, rolledBack }] : [],
  };
}
