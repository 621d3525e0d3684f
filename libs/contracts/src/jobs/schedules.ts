import { z } from 'zod';
import { caller } from '../attempt/attempt-facts.js';
import { rpc } from '../make/makers.js';
import { jobSubmission } from './job.js';

/** A job to be submitted again and again. */
export const scheduleRequest = z.strictObject({
  name: z.string().min(1).max(200).optional(),
  /** Five fields, or six with seconds first. */
  cron: z.string().min(1),
  /** IANA name, such as `Europe/Berlin`. Default UTC. */
  tz: z.string().min(1).optional(),
  job: jobSubmission,
});
export type ScheduleRequest = z.infer<typeof scheduleRequest>;

export const scheduleView = z.object({
  id: z.string(),
  object: z.literal('schedule'),
  name: z.string().nullable(),
  cron: z.string(),
  tz: z.string(),
  job: jobSubmission,
  /** ISO 8601. */
  created_at: z.string(),
  next_at: z.string(),
  last_at: z.string().nullable(),
  last_job: z.string().nullable(),
});
export type ScheduleView = z.infer<typeof scheduleView>;

export const CreateSchedule = rpc({
  subject: 'skein.rpc.jobs.create_schedule.v1',
  request: z.object({ caller, schedule: scheduleRequest }),
  reply: scheduleView,
  errors: ['invalid_request'],
  deadlineMs: 5_000,
});

export const ListSchedules = rpc({
  subject: 'skein.rpc.jobs.list_schedules.v1',
  request: z.object({ tenant: z.string() }),
  reply: z.object({ schedules: z.array(scheduleView) }),
  deadlineMs: 5_000,
});

/** Jobs that it has already submitted stay. */
export const DeleteSchedule = rpc({
  subject: 'skein.rpc.jobs.delete_schedule.v1',
  request: z.object({ tenant: z.string(), id: z.string() }),
  reply: z.object({ id: z.string() }),
  errors: ['not_found'],
  deadlineMs: 5_000,
});
