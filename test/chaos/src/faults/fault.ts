import type { LoadOptions } from '../load.js';
import type { Stage } from '../stage.js';

export interface Prepared {
  /** Why it is not run. */
  readonly obstacle?: string;
  /** Doors for the customers, where there is more than one. */
  readonly doors?: readonly string[];
}

/** One thing that goes wrong, and how it is put right. */
export interface Fault {
  readonly name: string;
  /** Models the customers ask for meanwhile, in turn; `auto` and two of a kind when it is left out. */
  readonly bodyOf?: (index: number) => Readonly<Record<string, unknown>>;
  /** How long it lasts, ms; the load runs for as long before and after. */
  readonly lastsMs?: number;
  /** The customers meanwhile, where they are not the usual ones. */
  readonly load?: Partial<Pick<LoadOptions, 'plain' | 'streams' | 'jobsPerSecond'>>;
  /** Not a single request may fail: everybody has time to hand over. */
  readonly failsNothing?: true;
  /** What must stand before the load begins; or why the fault cannot be made on this machine. */
  readonly prepare?: (stage: Stage) => Promise<Prepared>;
  strike(stage: Stage): Promise<void>;
  heal(stage: Stage): Promise<void>;
}
