import type { Stage } from '../stage.js';

/** One thing that goes wrong, and how it is put right. */
export interface Fault {
  readonly name: string;
  /** Models the customers ask for meanwhile, in turn; `auto` and two of a kind when it is left out. */
  readonly bodyOf?: (index: number) => Readonly<Record<string, unknown>>;
  /** How long it lasts, ms; the load runs for as long before and after. */
  readonly lastsMs?: number;
  /** Why it cannot be made on this machine; null when it can. */
  readonly obstacle?: (stage: Stage) => Promise<string | null>;
  strike(stage: Stage): Promise<void>;
  heal(stage: Stage): Promise<void>;
}
