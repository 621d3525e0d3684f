import type { Bus } from '@skein/bus';
import type { Logger } from '@skein/telemetry';
import type { Sheddable } from '@skein/contracts/orchestrator';
import type { HedgeSpend } from './hedge-spend.js';
import type { TaskNamer } from './task-namer.js';
import type { WorkerPool } from './worker-pool.js';

/** What every request of a conductor is run with. */
export interface ConductorTools {
  readonly bus: Bus;
  readonly pool: WorkerPool;
  /** Names the tasks that the classifier is unsure of, where the policy wants that. */
  readonly namer: Pick<TaskNamer, 'name'>;
  readonly logger: Logger;
  readonly queueWaitMs: number;
  /** How long a router that is away is waited for, ms. */
  readonly roomWaitMs: number;
  /** What was spent lately, and how much of it on hedges. */
  readonly spend: HedgeSpend;
  /** What is left out at the moment because there is too much to do. */
  readonly shed: () => ReadonlySet<Sheddable>;
}
