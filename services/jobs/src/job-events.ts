import { Inject, Injectable } from '@nestjs/common';
import { BUS } from '@skein/boot';
import type { Bus } from '@skein/bus';
import { toJobEvent } from './job-event.js';
import type { Job } from './job.js';

/** Tells customers how their jobs change. Said once and not kept: whoever was not listening asks for the job. */
@Injectable()
export class JobEvents {
  constructor(@Inject(BUS) private readonly bus: Bus) {}

  publish(...jobs: readonly Job[]): void {
    for (const job of jobs) {
      const event = toJobEvent(job, new Date());
      this.bus.publishEvent(event.subject, event.headers, event.body);
    }
  }
}
