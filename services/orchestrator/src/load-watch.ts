/** Looks at this process's load once a second and says what is shed under it. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Logger } from '@skein/telemetry';
import { observableGauge } from '@skein/telemetry';
import { sheddable, type Sheddable } from '@skein/contracts/orchestrator';
import { shedUnder } from './degraded-mode.js';
import type { WorkerPool } from './worker-pool.js';

const LOOK_EVERY_MS = 1_000;
const RESOLUTION_MS = 20;

export class LoadWatch {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #timer: NodeJS.Timeout;
  readonly #stopObserving: () => void;
  #shed: ReadonlySet<Sheddable> = new Set();

  constructor(
    private readonly pool: WorkerPool,
    private readonly logger: Logger,
  ) {
    this.#delay.enable();
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
    this.#stopObserving = observableGauge(
      'skein_degraded',
      'What is shed because there is too much to do (1: shed)',
      () => sheddable.map((extra) => ({ value: this.#shed.has(extra) ? 1 : 0, labels: { shed: extra } })),
    );
  }

  get shed(): ReadonlySet<Sheddable> {
    return this.#shed;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#delay.disable();
    this.#stopObserving();
  }

  #look(): void {
    // The monitor counts its own interval in.
    const loopDelayMs = Math.max(0, this.#delay.mean / 1e6 - RESOLUTION_MS) || 0;
    this.#delay.reset();
    const next = shedUnder({ waiting: this.pool.fullness(), loopDelayMs }, this.#shed);
    if (next.size !== this.#shed.size) {
      this.logger[next.size > this.#shed.size ? 'warn' : 'info']({ shed: [...next] }, 'degraded mode changed');
    }
    this.#shed = next;
  }
}
