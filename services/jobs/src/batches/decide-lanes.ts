import { Inject, Injectable } from '@nestjs/common';
import { LOGGER } from '@skein/boot';
import { toSkeinError } from '@skein/contracts/errors';
import type { Logger } from '@skein/telemetry';
import type { Batch } from './batch.js';
import { LineExplainer } from './explain-line.js';
import { laneOfLine } from './lane-of-line.js';
import { LanesRepository, type DecidedLine, type UndecidedLine } from './lanes.repository.js';

const DECIDE_AT_ONCE = 200;
const DECIDE_BYTES = 2_097_152;
const DECIDE_MS = 3_000;

/** Decides by which lane each line of a batch is run. */
@Injectable()
export class LaneDecider {
  constructor(
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(LanesRepository) private readonly lanes: LanesRepository,
    @Inject(LineExplainer) private readonly explainer: LineExplainer,
  ) {}

  /** Decides what it can within a turn. False when nobody could be asked: those lines are decided later. */
  async turn(batch: Batch): Promise<boolean> {
    if (batch.lane === 'realtime') return true;
    const until = performance.now() + DECIDE_MS;
    while (performance.now() < until) {
      const undecided = await this.lanes.undecided(batch.id, DECIDE_AT_ONCE, DECIDE_BYTES);
      if (undecided.length === 0) return true;
      const decided = await Promise.all(undecided.map((line) => this.#laneOf(batch, line)));
      const known = decided.filter((line) => line !== null);
      await this.lanes.decide(batch.id, known);
      if (known.length < undecided.length) return false;
    }
    return true;
  }

  async #laneOf(batch: Batch, { lineNo, body }: UndecidedLine): Promise<DecidedLine | null> {
    const read = body as Readonly<Record<string, unknown>>;
    const realtime = { lineNo, lane: 'realtime', vendor: null, model: null, merge: null } as const;
    try {
      const explained = await this.explainer.explain(batch.caller.tenant, read);
      if (!('plan' in explained)) return realtime;
      const now = new Date();
      const windowMs = batch.expiresAt.getTime() - now.getTime();
      const question = { ...explained, lane: batch.lane, windowMs, body: read, onDate: now.toISOString() };
      const chosen = laneOfLine(question);
      const [first] = explained.plan.candidates;
      const at = { lineNo, vendor: first?.vendor ?? null, model: first?.model ?? null };
      return chosen.lane === 'merge'
        ? { ...at, lane: 'merge', merge: chosen.as }
        : { ...at, lane: chosen.lane, merge: null };
    } catch (thrown) {
      const error = toSkeinError(thrown);
      this.logger.debug({ err: error, batch: batch.id, line: lineNo }, 'a line has no plan');
      // What is wrong with it, it hears where it is run.
      return error.row.retry === 'never' ? realtime : null;
    }
  }
}
