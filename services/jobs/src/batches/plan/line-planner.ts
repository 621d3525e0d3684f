import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '@skein/boot';
import { SkeinError, type WireError } from '@skein/contracts/errors';
import {
  PLAN_MAX_LINES,
  type BatchLineError,
  type BatchView,
  type LinesPlan,
  type PlanLines,
} from '@skein/contracts/jobs';
import type { z } from 'zod';
import type { JobsSettings } from '../../settings.js';
import { SLOTS_PER_BATCH } from '../batch.js';
import { LineExplainer, type ExplainedLine } from '../explain-line.js';
import { readLine, type BatchLine } from '../read-line.js';
import { countUnpriced, planLanes, planRefusals, type PlannedLine } from './plan-lanes.js';

const AT_ONCE = 16;

/** Says what lines of a batch would come to, without sending anything. */
@Injectable()
export class LinePlanner {
  constructor(
    @Inject(SETTINGS) private readonly settings: JobsSettings,
    @Inject(LineExplainer) private readonly explainer: LineExplainer,
  ) {}

  /** Throws `invalid_request` where `written` is no array of lines, or has too many. */
  async plan(
    { caller, endpoint, first_line: firstLine }: z.infer<typeof PlanLines.request>,
    written: unknown,
    windowMs: number,
  ): Promise<LinesPlan> {
    if (!Array.isArray(written) || written.length > PLAN_MAX_LINES) {
      throw new SkeinError('invalid_request', `lines: must be an array of at most ${PLAN_MAX_LINES} lines`, {
        param: 'lines',
      });
    }
    const { lines, refused } = readLines(written, firstLine, endpoint);
    const explained = await this.#explainAll(caller.tenant, lines);
    const planned: PlannedLine[] = [];
    const unplanned: LinesPlan['unplanned'] = [];
    lines.forEach(({ lineNo, customId, body }, index) => {
      const one = explained[index];
      if (one === undefined) return;
      if ('plan' in one) planned.push({ ...one, lineNo, customId, body: { ...body } });
      else unplanned.push({ line: lineNo, custom_id: customId, code: one.code, message: one.message });
    });
    const terms = {
      windowMs,
      now: new Date(),
      alone: this.settings.JOBS_BATCH_WIDTH * SLOTS_PER_BATCH,
      merged: this.settings.JOBS_MERGE_WIDTH * SLOTS_PER_BATCH,
    };
    return {
      lines: written.length,
      refused,
      unplanned,
      unpriced: countUnpriced(planned),
      lanes: planLanes(planned, terms),
      not_taken: planRefusals(planned, terms),
    };
  }

  async #explainAll(tenant: string, lines: readonly BatchLine[]): Promise<(ExplainedLine | WireError)[]> {
    const found = new Array<ExplainedLine | WireError>(lines.length);
    let next = 0;
    const work = async (): Promise<void> => {
      for (let index = next++; index < lines.length; index = next++) {
        const line = lines[index];
        if (line !== undefined) found[index] = await this.explainer.explain(tenant, { ...line.body });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return found;
  }
}

function readLines(
  written: readonly unknown[],
  firstLine: number,
  endpoint: BatchView['endpoint'],
): { lines: BatchLine[]; refused: BatchLineError[] } {
  const seen = new Set<string>();
  const encoder = new TextEncoder();
  const lines: BatchLine[] = [];
  const refused: BatchLineError[] = [];
  written.forEach((value, index) => {
    const read = readLine(encoder.encode(JSON.stringify(value)), firstLine + index, endpoint, seen);
    if ('line' in read) lines.push(read.line);
    else if ('error' in read) refused.push(read.error);
  });
  return { lines, refused };
}
