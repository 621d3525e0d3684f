/** What is left out, in the order of `sheddable`, when there is more to do than can be done: a pure function of the load. */
import { sheddable, type Sheddable } from '@skein/contracts/orchestrator';

export interface Load {
  /** Requests that wait for a worker, as a share (0–1) of how many may. */
  readonly waiting: number;
  /** How late this process's event loop is on average, ms. */
  readonly loopDelayMs: number;
}

/** A loop as late as this has nothing left for extras. */
const FULL_LOOP_DELAY_MS = 250;
/** Share of the full load at which each is shed, in the order of `sheddable`; what was shed comes back a tenth below. */
const shedAt: Record<Sheddable, number> = {
  hedging: 0.2,
  semantic_cache: 0.4,
  llm_classification: 0.6,
  verification: 0.8,
};
const COMES_BACK_BELOW = 0.1;

/** The load as one number from 0 (idle) up; 1 is full. */
export function pressureOf({ waiting, loopDelayMs }: Load): number {
  return Math.max(waiting, loopDelayMs / FULL_LOOP_DELAY_MS);
}

/** What is shed at a load, given what was shed before it. */
export function shedUnder(load: Load, before: ReadonlySet<Sheddable>): ReadonlySet<Sheddable> {
  const pressure = pressureOf(load);
  return new Set(sheddable.filter((extra) => pressure >= shedAt[extra] - (before.has(extra) ? COMES_BACK_BELOW : 0)));
}

const words: Record<Sheddable, string> = {
  hedging: 'hedging',
  semantic_cache: 'the semantic cache',
  llm_classification: 'classification by model',
  verification: 'verification',
};

/** What customers are told; null while nothing is shed. */
export function degradedNotice(shed: ReadonlySet<Sheddable>): string | null {
  if (shed.size === 0) return null;
  return `the mesh is degraded: without ${sheddable
    .filter((extra) => shed.has(extra))
    .map((extra) => words[extra])
    .join(', ')}`;
}
