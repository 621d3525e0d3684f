import type { Judgement } from './goals.ts';
import type { GrowthFigures } from './growth/growth-figures.ts';
import type { Machine } from './machine.ts';
import type { OpenStreams } from './open-streams.ts';
import type { PartVisit } from './parts/parts.ts';
import type { PartFigures } from './summary.ts';
import type { WholeRun } from './whole-run.ts';

/** What is not in the results, and why. */
export interface Missing {
  readonly what: string;
  readonly why: string;
}

/** All a run of the bench gives: what is shown, and what it was made from. */
export interface Results {
  readonly machine: Machine;
  readonly effort: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly whatTargetsAre: Readonly<Record<string, string>>;
  readonly missing: readonly Missing[];
  /** The first is shown, the others stand beside it. */
  readonly runs: readonly WholeRun[];
  readonly open: readonly OpenStreams[];
  readonly parts: readonly PartFigures[];
  readonly growth: GrowthFigures | null;
  readonly goals: readonly Judgement[];
  readonly partVisits: readonly PartVisit[];
}
