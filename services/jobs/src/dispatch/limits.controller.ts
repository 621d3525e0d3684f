import { Controller, Inject } from '@nestjs/common';
import { Serves } from '@skein/bus';
import { ListJobLimits, PutJobLimits, type JobLimits } from '@skein/contracts/jobs';
import type { z } from 'zod';
import { Dispatcher } from './dispatcher.js';
import { LimitsRepository } from './limits.repository.js';

/** `skein.rpc.jobs.*limits`: how much of the mesh jobs of a tenant, or to a vendor, may have. */
@Controller()
export class LimitsController {
  constructor(
    @Inject(LimitsRepository) private readonly limits: LimitsRepository,
    @Inject(Dispatcher) private readonly dispatcher: Dispatcher,
  ) {}

  @Serves(PutJobLimits)
  async put(limits: z.infer<typeof PutJobLimits.request>): Promise<JobLimits> {
    await this.limits.put(limits);
    this.dispatcher.nudge();
    return limits;
  }

  @Serves(ListJobLimits)
  async list(): Promise<z.infer<typeof ListJobLimits.reply>> {
    return { limits: await this.limits.list() };
  }
}
