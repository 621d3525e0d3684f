import { Inject, Injectable } from '@nestjs/common';
import type { JobLimits } from '@skein/contracts/jobs';
import { askStore } from '@skein/store';
import type { DataSource } from 'typeorm';
import { JOBS_STORE } from '../jobs.repository.js';

/** Bounds of tenants and vendors, as operators set them. The dispatcher reads them at every look. */
@Injectable()
export class LimitsRepository {
  constructor(@Inject(JOBS_STORE) private readonly store: DataSource) {}

  async put({ scope, name, concurrency, per_minute: perMinute, weight }: JobLimits): Promise<void> {
    await askStore(() =>
      this.store.query(
        `INSERT INTO job_limits (scope, name, concurrency, per_minute, weight) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (scope, name) DO UPDATE SET
           concurrency = EXCLUDED.concurrency, per_minute = EXCLUDED.per_minute, weight = EXCLUDED.weight`,
        [scope, name, concurrency, perMinute, weight],
      ),
    );
  }

  list(): Promise<JobLimits[]> {
    return askStore(() =>
      this.store.query<JobLimits[]>(
        'SELECT scope, name, concurrency, per_minute, weight FROM job_limits ORDER BY scope, name',
      ),
    );
  }
}
