import { Controller, Inject } from '@nestjs/common';
import { SETTINGS } from '@skein/boot';
import { Serves } from '@skein/bus';
import { CreateSchedule, DeleteSchedule, ListSchedules, type ScheduleView } from '@skein/contracts/jobs';
import type { z } from 'zod';
import { readSubmission } from '../read-submission.js';
import type { JobsSettings } from '../settings.js';
import { NamedWebhooks } from '../webhooks/named-webhooks.js';
import { SchedulesRepository } from './schedules.repository.js';

/** `skein.rpc.jobs.*schedule*`: jobs that are submitted again and again. */
@Controller()
export class SchedulesController {
  constructor(
    @Inject(SETTINGS) private readonly settings: JobsSettings,
    @Inject(NamedWebhooks) private readonly webhooks: NamedWebhooks,
    @Inject(SchedulesRepository) private readonly schedules: SchedulesRepository,
  ) {}

  @Serves(CreateSchedule)
  async create({ caller, schedule }: z.infer<typeof CreateSchedule.request>): Promise<ScheduleView> {
    const now = new Date();
    // What could never be submitted is refused now, not every night.
    readSubmission({
      id: 'job_of_schedule',
      caller,
      submission: schedule.job,
      idempotencyKey: null,
      maxRuns: this.settings.JOBS_MAX_RUNS,
      now,
      traceparent: null,
    });
    const webhookId = await this.webhooks.idOf(caller.tenant, schedule.job.webhook);
    return this.schedules.create(caller, schedule, webhookId, now);
  }

  @Serves(ListSchedules)
  async list({ tenant }: z.infer<typeof ListSchedules.request>): Promise<z.infer<typeof ListSchedules.reply>> {
    return { schedules: await this.schedules.list(tenant) };
  }

  @Serves(DeleteSchedule)
  async remove({ tenant, id }: z.infer<typeof DeleteSchedule.request>): Promise<z.infer<typeof DeleteSchedule.reply>> {
    await this.schedules.remove(tenant, id);
    return { id };
  }
}
