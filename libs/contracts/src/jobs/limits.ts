import { z } from 'zod';
import { rpc } from '../make/makers.js';

/** Bounds of the jobs of a tenant, or of those that name a vendor; the tenant `*` stands for all without bounds of their own. */
export const jobLimits = z.object({
  scope: z.enum(['tenant', 'vendor']),
  name: z.string().min(1),
  /** Jobs at once; null: none. */
  concurrency: z.int().positive().nullable(),
  /** Jobs begun in any minute; null: none. */
  per_minute: z.int().positive().nullable(),
  /** A tenant's share beside others'. */
  weight: z.number().positive().max(1_000),
});
export type JobLimits = z.infer<typeof jobLimits>;

/** Operators only; the door checks that. In force within a second. */
export const PutJobLimits = rpc({
  subject: 'skein.rpc.jobs.put_limits.v1',
  request: jobLimits,
  reply: jobLimits,
  deadlineMs: 5_000,
});

/** Operators only. */
export const ListJobLimits = rpc({
  subject: 'skein.rpc.jobs.list_limits.v1',
  request: z.object({}),
  reply: z.object({ limits: z.array(jobLimits) }),
  deadlineMs: 5_000,
});
