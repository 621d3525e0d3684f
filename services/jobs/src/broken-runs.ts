import { Inject, Injectable } from '@nestjs/common';
import { BUS, LOGGER } from '@skein/boot';
import { toCompletionFinished, type Bus } from '@skein/bus';
import { SkeinError, toSkeinError } from '@skein/contracts/errors';
import { CompletionFinished, type AttemptSummary } from '@skein/contracts/orchestrator';
import { GetRequest, type RequestRecord } from '@skein/contracts/records';
import type { Logger } from '@skein/telemetry';
import type { EndedRun } from './decide-run.js';
import type { RunnableJob } from './job.js';
import { toOrder } from './order-run.js';
import { RunsRepository } from './runs.repository.js';

const LOOK_UP_MS = 5_000;

/** Runs whose runner was lost: what they had begun is in the records, from the facts that were stated before each call. */
@Injectable()
export class BrokenRuns {
  constructor(
    @Inject(BUS) private readonly bus: Bus,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(RunsRepository) private readonly runs: RunsRepository,
  ) {}

  /** Closes a broken run with what the records tell of it, and says how it ended. Without records nobody knows. */
  async close(job: RunnableJob, requestId: string): Promise<EndedRun> {
    const lost = new SkeinError('worker_lost', 'The process that ran this job was lost.').toWire();
    const { attempts, isBlind } = await this.#lookUp(job.caller.tenant, requestId);
    await this.runs.closeBrokenRun(job.id, requestId, attempts);
    this.#state(job, requestId, attempts);
    return { ending: 'interrupted', result: null, error: lost, attempts, explanation: null, isBlind };
  }

  async #lookUp(tenant: string, requestId: string): Promise<{ attempts: AttemptSummary[]; isBlind: boolean }> {
    try {
      const context = { requestId, tenant, deadline: performance.now() + LOOK_UP_MS };
      const record = await this.bus.call(GetRequest, { tenant, id: requestId }, context);
      return { attempts: record.attempts.map(settle), isBlind: false };
    } catch (thrown) {
      const error = toSkeinError(thrown);
      if (error.code === 'not_found') return { attempts: [], isBlind: false };
      this.logger.warn({ err: error, request: requestId }, 'the records do not tell what a lost run had begun');
      return { attempts: [], isBlind: true };
    }
  }

  /** The runner can no longer say how its request ended, so that it would stay `running` in the records for ever. */
  #state(job: RunnableJob, requestId: string, attempts: AttemptSummary[]): void {
    const answer = { status: 'failed', head: null, usage: null, kept: null, committed: false } as const;
    const error = new SkeinError('worker_lost', 'The process that ran this job was lost.');
    const fact = toCompletionFinished({
      order: toOrder(job, requestId, this.bus.instance),
      result: null,
      answer: { ...answer, error },
      totalMs: 0,
      at: Date.now(),
      traceparent: job.traceparent ?? undefined,
    });
    this.bus
      .state(CompletionFinished, { ...fact, attempts })
      .catch((cause: unknown) =>
        this.logger.warn({ err: cause, request: requestId }, 'the end of a lost run was not stated'),
      );
  }
}

/** What was begun and has no end is unknown. */
function settle({ outcome, ...rest }: RequestRecord['attempts'][number]): AttemptSummary {
  if (outcome === 'finished' || outcome === 'failed' || outcome === 'cancelled') return { ...rest, outcome };
  return { ...rest, outcome: 'unknown', cost_nano_usd: null };
}
