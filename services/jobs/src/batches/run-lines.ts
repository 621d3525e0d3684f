import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { BUS, LOGGER, SETTINGS } from '@skein/boot';
import { closeCompletion, newId, type Bus } from '@skein/bus';
import { SkeinError } from '@skein/contracts/errors';
import type { RequestMetadata } from '@skein/contracts/gateway';
import type { CompletionOrder } from '@skein/contracts/orchestrator';
import { RequestBody } from '@skein/contracts/wire';
import type { Logger } from '@skein/telemetry';
import { decideRun, endRun, type EndedRun } from '../decide-run.js';
import { toOrder } from '../order-run.js';
import { readBodyMetadata } from '../read-submission.js';
import { completeRun, CLOSING } from '../run-completion.js';
import type { JobsSettings } from '../settings.js';
import type { Batch, HeldLine, SettledLine } from './batch.js';
import { LinesRepository } from './lines.repository.js';
import { settleLine } from './settle-line.js';
import { settlePatiently } from './settle-patiently.js';

/** What has ended within these ms is written down together; so much answered work can be lost to a kill. */
const GATHER_MS = 20;
/** How long one batch has a slot before another's turn. */
const TURN_MS = 3_000;
const LONGEST_RUN_MS = 600_000;
const BEATS_PER_LEASE = 5;

/** Runs lines of a batch, so many at once, for one turn. Each is a completion like any other, with this room as its sink. */
@Injectable()
export class RunLines {
  constructor(
    @Inject(BUS) private readonly bus: Bus,
    @Inject(SETTINGS) private readonly settings: JobsSettings,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(LinesRepository) private readonly lines: LinesRepository,
  ) {}

  /** Takes lines until the turn is over or none is due, and waits for those under way. Returns how many it took. */
  async run(batch: Batch, signal: AbortSignal): Promise<number> {
    const width = this.settings.JOBS_BATCH_WIDTH;
    const owner = newId(this.bus.instance);
    const flight = new Map<number, AbortController>();
    const ended: SettledLine[] = [];
    let wake: () => void = () => undefined;
    let taken = 0;
    const stopRenewing = this.#renew(batch.id, owner, flight);
    const cut = (): void => flight.forEach((run) => run.abort(CLOSING));
    signal.addEventListener('abort', cut, { once: true });
    const turnEndsAt = performance.now() + TURN_MS;
    try {
      for (let isDry = false; ;) {
        if (!isDry && !signal.aborted && performance.now() < turnEndsAt) {
          const more = await this.#take(batch.id, owner, width - flight.size);
          isDry = more.length === 0 && flight.size === 0;
          taken += more.length;
          for (const line of more) {
            const control = new AbortController();
            flight.set(line.lineNo, control);
            void this.#runLine(batch, line, control.signal).then((settled) => {
              flight.delete(line.lineNo);
              if (settled !== null) ended.push(settled);
              wake();
            });
          }
        }
        if (flight.size === 0 && ended.length === 0) return taken;
        if (ended.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        if (flight.size > 0) await pause(GATHER_MS);
        await settlePatiently(this.lines, batch.id, ended.splice(0));
      }
    } finally {
      signal.removeEventListener('abort', cut);
      await stopRenewing();
    }
  }

  #take(batchId: string, owner: string, most: number): Promise<HeldLine[]> {
    if (most <= 0) return Promise.resolve([]);
    const requestIds = Array.from({ length: most }, () => newId('req'));
    return this.lines.take(batchId, { owner, leaseMs: this.settings.JOBS_LEASE_MS, requestIds });
  }

  /** Never rejects. Null when the line is no longer ours. */
  async #runLine(batch: Batch, line: HeldLine, signal: AbortSignal): Promise<SettledLine | null> {
    const ended = await this.#complete(batch, line, signal);
    const decision = decideRun(ended, {
      epoch: line.epoch,
      failedRuns: line.failedRuns,
      maxRuns: this.settings.JOBS_MAX_RUNS,
      retryUnknown: true,
      onExhausted: 'fail',
      deadlineAt: batch.expiresAt,
      now: new Date(),
      chance: Math.random(),
    });
    return settleLine(line, ended, decision);
  }

  async #complete(batch: Batch, line: HeldLine, signal: AbortSignal): Promise<EndedRun> {
    const startedAt = performance.now();
    const traceparent = batch.traceparent ?? undefined;
    try {
      const order = toLineOrder(batch, line, this.bus.instance);
      const deadline = startedAt + Math.min(LONGEST_RUN_MS, batch.expiresAt.getTime() - Date.now());
      const context = { requestId: line.requestId, tenant: batch.caller.tenant, deadline, traceparent, signal };
      const run = await completeRun(this.bus, order, RequestBody.of(line.body), context);
      const totalMs = performance.now() - startedAt;
      const closed = { order, result: run.conductor, answer: run.answer, totalMs, at: Date.now(), traceparent };
      closeCompletion(this.bus, closed).catch((error: unknown) =>
        this.logger.warn({ err: error, request: line.requestId }, 'a line was not told of'),
      );
      const ended = endRun(run.conductor, run.answer);
      const isOurs = !signal.aborted || signal.reason === CLOSING;
      return ended.ending === 'answered' || isOurs ? ended : { ...ended, ending: 'abandoned' };
    } catch (thrown) {
      const error =
        thrown instanceof SkeinError ? thrown : new SkeinError('internal', 'The line was not run.', { cause: thrown });
      this.logger.error({ err: thrown, request: line.requestId }, 'a line was not run');
      return { ending: 'failed', result: null, error: error.toWire(), attempts: [], explanation: null, isBlind: false };
    }
  }

  /** Holds on to the lines in flight; what is no longer ours (cancelled, or taken over) is cut. */
  #renew(batchId: string, owner: string, flight: Map<number, AbortController>): () => Promise<void> {
    let current: Promise<void> | undefined;
    const renew = async (): Promise<void> => {
      const before = [...flight.keys()];
      if (before.length === 0) return;
      const held = new Set(await this.lines.renew(batchId, owner, this.settings.JOBS_LEASE_MS));
      for (const lineNo of before) if (!held.has(lineNo)) flight.get(lineNo)?.abort('lost');
    };
    const timer = setInterval(() => {
      current ??= renew()
        .catch((error: unknown) => this.logger.warn({ err: error, batch: batchId }, 'lines were not held on to'))
        .finally(() => (current = undefined));
    }, this.settings.JOBS_LEASE_MS / BEATS_PER_LEASE);
    return async () => {
      clearInterval(timer);
      await current;
    };
  }
}

/** A batch has no hurry, unless its line says so; it never spends quota that others may need. */
export function toLineOrder(batch: Batch, line: Pick<HeldLine, 'body' | 'requestId'>, sink: string): CompletionOrder {
  const body = line.body as Record<string, unknown>;
  const metadata: RequestMetadata = { priority: 'low', ...readBodyMetadata(body) };
  const caller = {
    ...batch.caller,
    user: metadata.user ?? batch.caller.user,
    cost_center: metadata.cost_center ?? batch.caller.cost_center,
  };
  return {
    ...toOrder({ endpoint: batch.endpoint, body, caller, metadata, retryUnknown: true }, line.requestId, sink),
    spare_quota_only: true,
  };
}
