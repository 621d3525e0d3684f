import type { CellFigures } from './summary.ts';
import type { TargetFigures, Visit } from './whole.ts';

/** One time through everything side by side, with all targets started afresh. */
export interface WholeRun {
  readonly seconds: number;
  readonly cells: readonly CellFigures[];
  readonly targets: readonly TargetFigures[];
  readonly visits: readonly Visit[];
}
