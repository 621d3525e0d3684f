import type { Judgement } from './goals.ts';
import type { Machine } from './machine.ts';
import type { PartVisit } from './parts/parts.ts';
import type { CellFigures, PartFigures } from './summary.ts';
import type { TargetFigures, Visit } from './whole.ts';

/** All a run gives: what is shown, and what it was made from. */
export interface Results {
  readonly machine: Machine;
  readonly effort: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly cells: readonly CellFigures[];
  readonly targets: readonly TargetFigures[];
  readonly parts: readonly PartFigures[];
  readonly goals: readonly Judgement[];
  readonly visits: readonly Visit[];
  readonly partVisits: readonly PartVisit[];
}
