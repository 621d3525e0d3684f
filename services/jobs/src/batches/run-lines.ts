import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { BUS, LOGGER, SETTINGS } from '@skein/boot';
import { newId, type Bus } from '@skein/bus';
import type { Logger } from '@skein/telemetry';
import { decideRun } from '../decide-run.js';
import { CLOSING } from '../run-completion.js';
import type { JobsSettings } from '../settings.js';
import type { Batch, HeldLine, SettledLine, WeighedLine } from './batch.js';
import { completeLines } from './complete-lines.js';
import { holdLines } from './hold-lines.js';
import { LinesRepository } from './lines.repository.js';
import { settleLine } from './settle-line.js';
import { settlePatiently } from './settle-patiently.js';

/** What has ended within these ms is written down together; so much answered work can be lost to a kill. */
const GATHER_MS = 20;
/** How long one batch has a slot before another's turn. */
const TURN_MS = 3_000;

/** No further line is taken while those under way have so many bytes: each is held several times over on its way. */
const FLIGHT_BYTES = 2_097_152;

interface Flight {
  readonly control: AbortController;
  readonly bytes: number;
}

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
    const flight = new Map<number, Flight>();
    const ended: SettledLine[] = [];
    let wake: () => void = () => undefined;
    let taken = 0;
    const edges = { lines: this.lines, logger: this.logger };
    const stopHolding = holdLines(edges, {
      batchId: batch.id,
      owner,
      leaseMs: this.settings.JOBS_LEASE_MS,
      underWay: () => [...flight.keys()],
      onLost: (lost) => lost.forEach((lineNo) => flight.get(lineNo)?.control.abort('lost')),
    });
    const cut = (): void => flight.forEach(({ control }) => control.abort(CLOSING));
    signal.addEventListener('abort', cut, { once: true });
    const turnEndsAt = performance.now() + TURN_MS;
    try {
      for (let isDry = false; ;) {
        if (!isDry && !signal.aborted && performance.now() < turnEndsAt) {
          const more = await this.#take(batch.id, owner, width - flight.size, FLIGHT_BYTES - bytesOf(flight));
          isDry = more.length === 0 && flight.size === 0;
          taken += more.length;
          for (const line of more) {
            const control = new AbortController();
            flight.set(line.lineNo, { control, bytes: line.bytes });
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
      await stopHolding();
    }
  }

  #take(batchId: string, owner: string, most: number, bytes: number): Promise<WeighedLine[]> {
    if (most <= 0 || bytes <= 0) return Promise.resolve([]);
    const requestIds = Array.from({ length: most }, () => newId('req'));
    return this.lines.take(batchId, { owner, leaseMs: this.settings.JOBS_LEASE_MS, bytes, requestIds });
  }

  /** Never rejects. Null when the line is no longer ours. */
  async #runLine(batch: Batch, line: HeldLine, signal: AbortSignal): Promise<SettledLine | null> {
    const { requestId, body } = line;
    const edges = { bus: this.bus, logger: this.logger };
    const ended = await completeLines(edges, batch, { of: 'line', requestId, body }, signal);
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
}

const bytesOf = (flight: ReadonlyMap<number, Flight>): number =>
  [...flight.values()].reduce((sum, { bytes }) => sum + bytes, 0);
