/** What the mesh answers about policies, as far as this command reads it. */
import { z } from 'zod';

const problem = z.looseObject({ path: z.string(), message: z.string(), severity: z.enum(['error', 'warning']) });

export const lintReply = z.looseObject({ revision: z.string().nullable(), problems: z.array(problem) });
export type LintReply = z.infer<typeof lintReply>;

export const diffReply = z.looseObject({
  from: z.string(),
  to: z.string(),
  changes: z.array(z.looseObject({ path: z.string(), before: z.string().nullable(), after: z.string().nullable() })),
});

export const appliedReply = z.looseObject({
  revision: z.string(),
  previous: z.string().nullable(),
  problems: z.array(problem),
});

export const rolledBackReply = z.looseObject({ revision: z.string(), previous: z.string().nullable() });

export const policiesReply = z.looseObject({
  current: z.string().nullable(),
  versions: z.array(
    z.looseObject({ revision: z.string(), at: z.string().nullable(), by: z.string(), note: z.string().nullable() }),
  ),
  presets: z.array(z.looseObject({ name: z.string(), about: z.string() })),
});

export const shownReply = z.looseObject({ revision: z.string(), yaml: z.string() });

const figures = z.looseObject({
  model: z.string(),
  attempts: z.number(),
  errors: z.number(),
  mean_ms: z.number().nullable(),
  mean_cost_usd: z.string().nullable(),
});

export const rolloutReply = z.looseObject({
  name: z.string(),
  kind: z.string(),
  state: z.string(),
  percent: z.number(),
  since: z.string().nullable(),
  reason: z.string().nullable(),
  arms: z.array(figures),
  baseline: figures.nullable(),
});
export type RolloutReply = z.infer<typeof rolloutReply>;

export const rolloutsReply = z.looseObject({ rollouts: z.array(rolloutReply) });
