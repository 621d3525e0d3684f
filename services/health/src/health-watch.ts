/** Hears attempts, keeps the deployments' health, and puts it for the routers: when it changed, and not too often. */
import { Inject, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { BUS, LOGGER } from '@skein/boot';
import type { Bus } from '@skein/bus';
import { AttemptFinished } from '@skein/contracts/attempt';
import { HealthSnapshot } from '@skein/contracts/health';
import type { Logger } from '@skein/telemetry';
import { Deployments, type CircuitChange } from './deployments.js';

/** The longest a change waits, in ms; circuits that open are put at once. */
const PUT_EVERY_MS = 500;

export class HealthWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #bus: Bus;
  readonly #logger: Logger;
  readonly #deployments = new Deployments();
  #lastPut = '[]';
  #puts = 0;
  #isPutting = false;
  #timer: NodeJS.Timeout | null = null;
  #stopWatching: (() => void) | null = null;

  constructor(@Inject(BUS) bus: Bus, @Inject(LOGGER) logger: Logger) {
    this.#bus = bus;
    this.#logger = logger;
  }

  async onApplicationBootstrap(): Promise<void> {
    const stopLooking = await this.#bus.watchSnapshot(HealthSnapshot, ({ deployments }) => {
      this.#deployments.restore(deployments, Date.now());
    });
    stopLooking();
    this.#stopWatching = this.#bus.watchFacts(AttemptFinished, (fact) => {
      const change = this.#deployments.hear(fact, Date.now());
      if (change === null) return;
      this.#log(change);
      void this.#putIfChanged();
    });
    this.#timer = setInterval(() => {
      for (const change of this.#deployments.tick(Date.now())) this.#log(change);
      void this.#putIfChanged();
    }, PUT_EVERY_MS);
    this.#timer.unref();
  }

  beforeApplicationShutdown(): void {
    this.#stopWatching?.();
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** One put at a time; what changes meanwhile goes with the next. */
  async #putIfChanged(): Promise<void> {
    if (this.#isPutting) return;
    const at = Date.now();
    const deployments = this.#deployments.report(at);
    const text = JSON.stringify(deployments);
    if (text === this.#lastPut) return;
    this.#isPutting = true;
    try {
      this.#puts += 1;
      await this.#bus.putSnapshot(HealthSnapshot, { revision: `${this.#bus.instance}-${this.#puts}`, at, deployments });
      this.#lastPut = text;
    } catch (error) {
      this.#logger.debug({ err: error }, 'health could not be put; it is tried again');
    } finally {
      this.#isPutting = false;
    }
  }

  #log(change: CircuitChange): void {
    this.#logger[change.to === 'open' ? 'warn' : 'info'](change, `circuit ${change.to}`);
  }
}
