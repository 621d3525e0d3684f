import { secretSetting, setting, type SettingsOf } from '@skein/config';
import { z } from 'zod';

const positive = z.coerce.number().int().positive();

export const workflowsSettings = {
  DATABASE_URL: secretSetting(z.string().min(1), 'PostgreSQL, as postgres://user:password@host:port/database'),
  REDIS_URL: secretSetting(z.string().min(1), 'Redis, as redis://:password@host:port'),
  WORKFLOWS_CONCURRENCY: setting(positive.default(16), 'Runs nobody waits for that this process has under way at once'),
  WORKFLOWS_LEASE_MS: setting(
    positive.default(15_000),
    'How long a run stays with a process that has gone silent, in ms; renewed at a fifth of it',
  ),
  WORKFLOWS_RECONCILE_MS: setting(
    positive.default(5_000),
    'How often the rows are looked through for what a crash left, in ms',
  ),
  WORKFLOWS_RECHECK_MS: setting(
    positive.default(30_000),
    'How often a waiting run is put into the queue again if it is missing there, in ms',
  ),
  WORKFLOWS_DEADLINE_MS: setting(positive.default(600_000), 'Deadline of a run that names none, in ms'),
  WORKFLOWS_HTTP_HOSTS: setting(
    z.string().default(''),
    'Hosts that stages of kind http may call, with commas between; none: such stages are off',
  ),
};
export type WorkflowsSettings = SettingsOf<typeof workflowsSettings>;
