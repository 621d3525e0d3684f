import { Controller, Inject } from '@nestjs/common';
import { Serves, type ServedContext } from '@skein/bus';
import {
  CancelRun,
  GetRun,
  ListRuns,
  PlanWorkflow,
  SubmitRun,
  type RunPlan,
  type RunView,
} from '@skein/contracts/workflows';
import type { z } from 'zod';
import { RunAcceptance, newRunId } from './accept-run.js';
import { toRunView } from './run-view.js';
import { RunningRuns } from './running-runs.js';
import { RunsRepository } from './runs.repository.js';
import { WakeQueue } from './wake-queue.js';

/** Runs that nobody waits for; and every run, looked at and called off. */
@Controller()
export class RunsController {
  constructor(
    @Inject(RunAcceptance) private readonly acceptance: RunAcceptance,
    @Inject(RunsRepository) private readonly runs: RunsRepository,
    @Inject(RunningRuns) private readonly running: RunningRuns,
    @Inject(WakeQueue) private readonly queue: WakeQueue,
  ) {}

  @Serves(PlanWorkflow)
  plan({ caller, name, request }: z.infer<typeof PlanWorkflow.request>): Promise<RunPlan> {
    return this.acceptance.plan(caller, name, request);
  }

  @Serves(SubmitRun)
  async submit({ caller, name, request }: z.infer<typeof SubmitRun.request>, context: ServedContext): Promise<RunView> {
    const traceparent = context.traceparent ?? null;
    const asked = { id: newRunId(), caller, name, request, metadata: {}, isAwaited: false, traceparent };
    const run = await this.runs.accept(await this.acceptance.accept(asked, new Date()), null);
    this.queue.nudge();
    return toRunView(run, [], Date.now());
  }

  @Serves(GetRun)
  async get({ tenant, id }: z.infer<typeof GetRun.request>): Promise<RunView> {
    const { run, steps } = await this.runs.get(tenant, id);
    return toRunView(run, steps, Date.now());
  }

  @Serves(ListRuns)
  async list({ limit, ...asked }: z.infer<typeof ListRuns.request>): Promise<z.infer<typeof ListRuns.reply>> {
    const page = await this.runs.list({ ...asked, limit: limit + 1 });
    return {
      runs: page.slice(0, limit).map(({ run, steps }) => toRunView(run, steps, Date.now(), false)),
      has_more: page.length > limit,
    };
  }

  @Serves(CancelRun)
  async cancel({ tenant, id }: z.infer<typeof CancelRun.request>): Promise<RunView> {
    // A run in another process hears of it when it next writes, or renews its lease.
    if (await this.runs.cancel(tenant, id)) {
      this.running.cut(id, 'cancelled');
      await this.queue.takeOut(id);
    }
    return this.get({ tenant, id });
  }
}
