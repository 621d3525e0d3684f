import { secretSetting, setting, type SettingsOf } from '@skein/config';
import { z } from 'zod';

const positive = z.coerce.number().int().positive();

export const jobsSettings = {
  DATABASE_URL: secretSetting(z.string().min(1), 'PostgreSQL, as postgres://user:password@host:port/database'),
  REDIS_URL: secretSetting(z.string().min(1), 'Redis, as redis://:password@host:port'),
  JOBS_CONCURRENCY: setting(positive.default(16), 'Jobs that this process runs at once'),
  JOBS_MAX_RUNS: setting(
    positive.default(3),
    'Runs that may fail before a job does; runs our own rooms broke off do not count',
  ),
  JOBS_LEASE_MS: setting(
    positive.default(15_000),
    'How long a job stays with a process that has gone silent, in ms; renewed at a fifth of it',
  ),
  JOBS_RECONCILE_MS: setting(
    positive.default(1_000),
    'How often the rows are looked through for what a crash left, in ms',
  ),
  JOBS_RECHECK_MS: setting(
    positive.default(5_000),
    'How long a job may be in the queue and not begin, until it is put there again in case the queue has lost it, in ms',
  ),
  JOBS_MAX_WAITING: setting(
    positive.default(1_000_000),
    'Jobs of one tenant that may wait; more are refused with a retry-after from the drain rate',
  ),
  JOBS_WEBHOOK_ALLOW: setting(
    z.string().default(''),
    'Private addresses that webhooks may go to all the same, as CIDR ranges with commas between them',
  ),
  JOBS_WEBHOOK_RETRY_MS: setting(
    positive.default(5_000),
    'Pause before the second try of a webhook; four times as long before each further one, in ms',
  ),
  JOBS_PAYLOAD_DAYS: setting(
    z.coerce.number().positive().default(30),
    'How long request and answer of a job are kept after its end, in days',
  ),
  JOBS_ROW_DAYS: setting(
    z.coerce.number().positive().default(180),
    'How long the rest of a job is kept after its end, in days',
  ),
  JOBS_BATCH_SLOTS: setting(positive.default(4), 'Turns of batches that this process gives at once'),
  JOBS_BATCH_WIDTH: setting(positive.default(16), 'Lines that one turn of a batch has under way at once'),
  JOBS_MERGE_WIDTH: setting(positive.default(4), 'Merged calls that one turn of a batch has under way at once'),
  JOBS_VENDOR_LOOK_MS: setting(positive.default(10_000), 'How often a batch at a vendor is looked at, in ms'),
  JOBS_KEEP_BATCHES_DAYS: setting(positive.default(30), 'How long batches and their results are kept, in days'),
};
export type JobsSettings = SettingsOf<typeof jobsSettings>;
