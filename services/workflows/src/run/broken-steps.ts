import { Inject, Injectable } from '@nestjs/common';
import { BUS, LOGGER } from '@skein/boot';
import type { Bus } from '@skein/bus';
import { SkeinError, toSkeinError } from '@skein/contracts/errors';
import type { AttemptSummary } from '@skein/contracts/orchestrator';
import { GetRequest, type RequestRecord } from '@skein/contracts/records';
import type { Logger } from '@skein/telemetry';
import type { StepEnd } from './held-runs.repository.js';
import type { KeptStep, Run } from './run.js';

const LOOK_UP_MS = 5_000;

/** Steps whose runner was lost: what they had begun is in the records, from the facts that were stated before each call. */
@Injectable()
export class BrokenSteps {
  constructor(
    @Inject(BUS) private readonly bus: Bus,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** How a broken step is written down: lost, with the attempts that the records tell of. */
  async endOf(run: Run, step: KeptStep): Promise<StepEnd> {
    const attempts = step.requestId === null ? [] : await this.#lookUp(run.caller.tenant, step.requestId);
    const error = new SkeinError('worker_lost', 'The process that ran this step was lost').toWire();
    return { status: 'lost', value: null, error, attempts, costNano: costOf(attempts) };
  }

  async #lookUp(tenant: string, requestId: string): Promise<AttemptSummary[]> {
    try {
      const context = { requestId, tenant, deadline: performance.now() + LOOK_UP_MS };
      const record = await this.bus.call(GetRequest, { tenant, id: requestId }, context);
      return record.attempts.map(settle);
    } catch (thrown) {
      const error = toSkeinError(thrown);
      if (error.code !== 'not_found')
        this.logger.warn({ err: error, request: requestId }, 'the records do not tell what a lost step had begun');
      return [];
    }
  }
}

/** What was begun and has no end is unknown. */
function settle({ outcome, ...rest }: RequestRecord['attempts'][number]): AttemptSummary {
  if (outcome === 'finished' || outcome === 'failed' || outcome === 'cancelled') return { ...rest, outcome };
  return { ...rest, outcome: 'unknown', cost_nano_usd: null };
}

/** Nano-USD over the attempts whose cost is known; null while none is. */
export function costOf(attempts: readonly AttemptSummary[]): number | null {
  const known = attempts.flatMap(({ cost_nano_usd: cost }) => (cost === null ? [] : [cost]));
  return known.length === 0 ? null : known.reduce((sum, cost) => sum + cost, 0);
}
