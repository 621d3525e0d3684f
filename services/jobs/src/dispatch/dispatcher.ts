import { Inject, Injectable } from '@nestjs/common';
import { BUS, LOGGER } from '@skein/boot';
import type { Bus } from '@skein/bus';
import { HealthSnapshot, type HealthRevision } from '@skein/contracts/health';
import type { Logger } from '@skein/telemetry';
import { JobQueue } from '../job-queue.js';
import { DispatchRepository } from './dispatch.repository.js';
import { heldTargets, type HeldTargets } from './held-targets.js';

/** How often to look unasked: for what another replica committed, and for circuits that closed. */
const LOOK_MS = 500;
const LEAST_PAUSE_MS = 10;
const BUSY_PAUSE_MS = 25;
const FAILURE_PAUSE_MS = 500;

/**
 * Brings jobs to the queue when there is room for them, in the order that is fair. Looks when it is nudged, when a
 * scheduled job is due, and now and then. Any replica may; one does at a time.
 */
@Injectable()
export class Dispatcher {
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #isNudged = false;
  #isRunning = false;
  #health: HealthRevision | null = null;
  #unwatch: (() => void) | undefined;

  constructor(
    @Inject(BUS) private readonly bus: Bus,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(DispatchRepository) private readonly rows: DispatchRepository,
    @Inject(JobQueue) private readonly queue: JobQueue,
  ) {}

  async start(): Promise<void> {
    this.#unwatch = await this.bus.watchSnapshot(HealthSnapshot, (health) => {
      this.#health = health;
      this.nudge();
    });
    this.#isRunning = true;
    this.nudge();
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#unwatch?.();
    clearTimeout(this.#timer);
    await this.#looking;
  }

  /** A job was accepted, given back, or has ended: look now. Cheap, and safe at any time. */
  nudge(): void {
    this.#isNudged = true;
    this.#look();
  }

  /** What waits now for a circuit. */
  held(): HeldTargets {
    return heldTargets(this.#health, this.bus.fleet.vendors().keys(), Date.now());
  }

  #look(): void {
    if (!this.#isRunning || this.#looking !== undefined) return;
    clearTimeout(this.#timer);
    this.#isNudged = false;
    this.#looking = this.#deal().then((pauseMs) => {
      this.#looking = undefined;
      if (this.#isNudged) return this.#look();
      if (this.#isRunning) this.#timer = setTimeout(() => this.#look(), pauseMs);
    });
  }

  /** Returns how long to wait until the next look, ms. */
  async #deal(): Promise<number> {
    try {
      const dealt = await this.rows.deal(this.held(), (entries) => this.queue.put(entries));
      if (dealt.isBusy) return BUSY_PAUSE_MS;
      return Math.max(LEAST_PAUSE_MS, Math.min(LOOK_MS, dealt.nextDueMs ?? LOOK_MS));
    } catch (error) {
      this.logger.warn({ err: error }, 'jobs could not be dealt out; looking again');
      return FAILURE_PAUSE_MS;
    }
  }
}
