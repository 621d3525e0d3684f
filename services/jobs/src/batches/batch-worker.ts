import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { LIFECYCLE, LOGGER, SETTINGS, type Lifecycle } from '@skein/boot';
import { RunBatch, type BatchStatus } from '@skein/contracts/jobs';
import { openQueue, openWorker, Postponed, type JobQueue as Queue, type RunContext } from '@skein/queue';
import type { Logger } from '@skein/telemetry';
import type { z } from 'zod';
import { FilesRepository } from '../files/files.repository.js';
import type { JobsSettings } from '../settings.js';
import { SLOTS_PER_BATCH, type Batch } from './batch.js';
import { BatchesRepository } from './batches.repository.js';
import { LaneDecider } from './decide-lanes.js';
import { LinesRepository } from './lines.repository.js';
import { MergeLane } from './merge-lane/merge-lane.js';
import { ReadIn } from './read-in.js';
import { RunLines } from './run-lines.js';
import { VendorLane } from './vendor-lane/vendor-lane.js';
import { WriteOut } from './write-out.js';

const BETWEEN_TURNS_MS = 5;
const LONGEST_WAIT_MS = 1_000;
const SWEEP_EVERY = 720;

type Data = z.infer<typeof RunBatch.data>;
/** What is to be done next: `now` looks again at once, a number waits so many ms for the next turn, `never` needs no turn. */
type Next = 'now' | 'never' | number;

/** What goes on by itself with batches: each status has its work, and a crash at any point leaves one that can be done again. */
@Injectable()
export class BatchWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #queue: Queue<Data>;

  constructor(
    @Inject(SETTINGS) private readonly settings: JobsSettings,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(LIFECYCLE) private readonly lifecycle: Lifecycle,
    @Inject(BatchesRepository) private readonly batches: BatchesRepository,
    @Inject(LinesRepository) private readonly lines: LinesRepository,
    @Inject(FilesRepository) private readonly files: FilesRepository,
    @Inject(ReadIn) private readonly readIn: ReadIn,
    @Inject(RunLines) private readonly runLines: RunLines,
    @Inject(WriteOut) private readonly writeOut: WriteOut,
    @Inject(LaneDecider) private readonly decider: LaneDecider,
    @Inject(VendorLane) private readonly vendorLane: VendorLane,
    @Inject(MergeLane) private readonly mergeLane: MergeLane,
  ) {
    this.#queue = openQueue(settings.REDIS_URL, RunBatch, { logger });
  }

  onApplicationBootstrap(): void {
    const { REDIS_URL, JOBS_BATCH_SLOTS, JOBS_RECONCILE_MS } = this.settings;
    const worker = openWorker(REDIS_URL, RunBatch, (data, context) => this.#advance(data, context), {
      concurrency: JOBS_BATCH_SLOTS,
      logger: this.logger,
    });
    let looks = 0;
    let current: Promise<void> | undefined;
    const timer = setInterval(() => {
      current ??= this.#lookAfter(looks++ % SWEEP_EVERY === 0)
        .catch((error: unknown) => this.logger.warn({ err: error }, 'batches were not looked after'))
        .finally(() => (current = undefined));
    }, JOBS_RECONCILE_MS);
    this.lifecycle.onDrain(async (graceMs) => {
      clearInterval(timer);
      await worker.close(graceMs);
      await current;
    });
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.#queue.close();
  }

  /** Gives a batch its first turn. Without Redis it gets it when the batch is next looked after. */
  async wake(batchId: string, slot = 0): Promise<void> {
    await this.#queue
      .add({ batch_id: batchId, slot }, { jobId: `${batchId}-${slot}` })
      .catch((error: unknown) => this.logger.warn({ err: error, batch: batchId }, 'a batch waits for the queue'));
  }

  async #lookAfter(isSweep: boolean): Promise<void> {
    for (const { id } of await this.batches.takeNeglected(this.settings.JOBS_RECHECK_MS)) await this.wake(id);
    await this.vendorLane.sweep();
    if (!isSweep) return;
    await this.files.sweep();
    await this.batches.sweep(this.settings.JOBS_KEEP_BATCHES_DAYS);
  }

  async #advance({ batch_id: id, slot }: Data, { signal }: RunContext): Promise<void> {
    for (;;) {
      const batch = await this.batches.find(id);
      if (batch === null) return;
      const next = await this.#work[batch.status](batch, slot, signal);
      if (next === 'never') return;
      if (next !== 'now') throw new Postponed(next);
    }
  }

  readonly #work: Record<BatchStatus, (batch: Batch, slot: number, signal: AbortSignal) => Promise<Next> | Next> = {
    validating: async ({ id }, slot, signal) => {
      if (slot !== 0) return 'never';
      return (await this.readIn.run(id, signal)) ? 'now' : LONGEST_WAIT_MS;
    },
    in_progress: (batch, slot, signal) => this.#runTurn(batch, slot, signal),
    cancelling: async ({ id }, slot) => {
      if (slot !== 0) return 'never';
      await this.vendorLane.leave(id);
      await this.lines.end(id, 'cancelled');
      await this.batches.move(id, 'wind_up', { endsAs: 'cancelled' });
      return 'now';
    },
    finalizing: async ({ id }, slot, signal) => {
      if (slot !== 0) return 'never';
      return (await this.writeOut.run(id, signal)) ? 'now' : LONGEST_WAIT_MS;
    },
    completed: () => 'never',
    failed: () => 'never',
    expired: () => 'never',
    cancelled: () => 'never',
  };

  async #runTurn(batch: Batch, slot: number, signal: AbortSignal): Promise<Next> {
    const { id } = batch;
    if (batch.expiresAt.getTime() <= Date.now()) {
      await this.vendorLane.leave(id);
      await this.lines.end(id, 'expired');
    }
    let areDecided = true;
    if (slot === 0) {
      await this.lines.release(id);
      if (batch.expiresAt.getTime() > Date.now()) {
        areDecided = await this.decider.turn(batch);
        await this.vendorLane.turn(batch);
      }
      // A slot that is in the queue already is not put there twice.
      if (batch.total > this.settings.JOBS_BATCH_WIDTH) {
        for (let more = 1; more < SLOTS_PER_BATCH; more += 1) await this.wake(id, more);
      }
    }
    const [alone, merged] = await Promise.all([this.runLines.run(batch, signal), this.mergeLane.run(batch, signal)]);
    const taken = alone + merged;
    signal.throwIfAborted();
    const { open, dueInMs } = await this.lines.open(id);
    if (open > 0 && taken > 0) return BETWEEN_TURNS_MS;
    if (slot !== 0) return 'never';
    if (open > 0 && !areDecided) return LONGEST_WAIT_MS;
    if (open > 0) return Math.min(LONGEST_WAIT_MS, Math.max(BETWEEN_TURNS_MS, dueInMs ?? 0));
    const isLate = (await this.batches.counts([id])).get(id)?.expired ?? 0;
    // Does nothing to a batch that was cancelled during the turn: the next look at it winds it up.
    await this.batches.move(id, 'close', { endsAs: isLate > 0 ? 'expired' : 'completed' });
    return 'now';
  }
}
