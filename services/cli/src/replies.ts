/**
 * What the mesh answers, as far as this command reads it. Objects are loose: a newer mesh may say more, and the command
 * shows what it knows.
 */
import { z } from 'zod';
import { usageBuckets } from '@skein/contracts/attempt';
import { CommandFailure } from './failure.js';

export const errorReply = z.looseObject({
  error: z.looseObject({ message: z.string(), code: z.string().nullable().optional() }),
});

export const completionReply = z.looseObject({
  model: z.string().optional(),
  choices: z.array(z.looseObject({ message: z.looseObject({ content: z.unknown() }).optional() })),
  usage: z.looseObject({ prompt_tokens: z.number(), completion_tokens: z.number() }).nullable().optional(),
});

export const chunkReply = z.looseObject({
  choices: z.array(z.looseObject({ delta: z.looseObject({}).optional() })).default([]),
});

export const requestReply = z.looseObject({
  id: z.string(),
  status: z.string(),
  task: z.string().nullable(),
  attempts: z.array(z.looseObject({ vendor: z.string(), model: z.string(), outcome: z.string() })),
  usage: usageBuckets.nullable(),
  cost_usd: z.string().nullable(),
});
export type RequestReply = z.infer<typeof requestReply>;

export const jobReply = z.looseObject({
  id: z.string(),
  status: z.enum(['queued', 'scheduled', 'running', 'succeeded', 'failed', 'cancelled', 'expired']),
  endpoint: z.string().optional(),
  result: z.looseObject({ status_code: z.number(), body: z.unknown() }).nullable().optional(),
  error: z.unknown().optional(),
  attempts: z.array(z.looseObject({ vendor: z.string(), model: z.string(), outcome: z.string() })).default([]),
  cost_usd: z.string().nullable().optional(),
  created_at: z.string().optional(),
});
export type JobReply = z.infer<typeof jobReply>;

export const jobListReply = z.looseObject({ data: z.array(jobReply), has_more: z.boolean().optional() });

export const fileReply = z.looseObject({ id: z.string(), bytes: z.number() });

export const batchReply = z.looseObject({
  id: z.string(),
  status: z.string(),
  errors: z
    .looseObject({
      data: z.array(z.looseObject({ code: z.string(), message: z.string(), line: z.number().nullable() })),
    })
    .nullable(),
  output_file_id: z.string().nullable(),
  error_file_id: z.string().nullable(),
  request_counts: z.looseObject({ total: z.number(), completed: z.number(), failed: z.number() }),
  cost_usd: z.string(),
  merged: z
    .looseObject({
      calls: z.number(),
      lines: z.number(),
      redone: z.number(),
      cost_usd: z.string(),
      alone_cost_usd: z.string(),
    })
    .nullable()
    .optional(),
});
export type BatchReply = z.infer<typeof batchReply>;

/** What a redrive of many says. */
export const redrivenReply = z.looseObject({ data: z.array(z.looseObject({ id: z.string() })) });

export const usageReply = z.looseObject({
  requests: z.number(),
  attempts: z.number(),
  unknown: z.number(),
  tokens: z.record(z.string(), z.number()),
  cost_usd: z.string(),
});

const modelReason = z.looseObject({ vendor: z.string(), model: z.string() });
const featuresReply = z.looseObject({
  task: z.string(),
  confidence: z.number(),
  abstained: z.boolean(),
  language: z.string(),
  tokens: z.number(),
  complexity: z.looseObject({ score: z.number(), tier: z.string() }),
  needs: z.array(z.string()),
});
export type FeaturesReply = z.infer<typeof featuresReply>;

export const explainReply = z.looseObject({
  /** Absent where the request itself could not be read. */
  features: featuresReply.optional(),
  plan: z
    .looseObject({
      revision: z.string(),
      strategy: z.string(),
      candidates: z.array(
        modelReason.extend({
          score: z.number(),
          reason: z.string(),
          expected: z.looseObject({ cost_usd: z.string().nullable(), latency_ms: z.number().nullable() }),
        }),
      ),
      excluded: z.array(modelReason.extend({ rule: z.string() })),
      excluded_more: z.number().optional(),
    })
    .nullable()
    .optional(),
  error: z.looseObject({ message: z.string() }).nullable().optional(),
});
export type ExplainReply = z.infer<typeof explainReply>;

/** Checks a reply; a mesh that answers something else is a failure with a name, not a crash further on. */
export function readReply<Shape>(schema: z.ZodType<Shape>, reply: unknown, what: string): Shape {
  const parsed = schema.safeParse(reply);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new CommandFailure(`${what} cannot be read${where === '' ? '' : ` at "${where}"`}; is this a Skein mesh?`);
}

/** The failure a mesh states in its error body, over HTTP and NATS alike. */
export function statedFailure(reply: unknown, status: number | null): CommandFailure {
  const parsed = errorReply.safeParse(reply);
  if (!parsed.success)
    return new CommandFailure(
      `The mesh answered with status ${status ?? 'unknown'} and no readable error`,
      null,
      status,
    );
  return new CommandFailure(parsed.data.error.message, parsed.data.error.code ?? null, status);
}

const lanePlanReply = z.looseObject({
  lines: z.number(),
  calls: z.number(),
  input_tokens: z.number(),
  output_tokens: z.number(),
  cost_usd: z.string(),
  done_in_ms: z.number().nullable(),
});
const lineError = z.looseObject({ line: z.number().nullable(), code: z.string(), message: z.string() });

/** What lines would cost in each lane. */
export const planReply = z.looseObject({
  lines: z.number(),
  refused: z.array(lineError),
  unplanned: z.array(lineError),
  unpriced: z.number(),
  lanes: z.record(z.string(), lanePlanReply),
  not_taken: z.array(z.looseObject({ line: z.number(), lane: z.string(), reason: z.string() })),
});
export type PlanReply = z.infer<typeof planReply>;

export const webhookReply = z.looseObject({
  id: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  state: z.string(),
  secrets: z.array(z.string()).optional(),
});
export const webhookListReply = z.looseObject({ data: z.array(webhookReply) });

export const deliveryReply = z.looseObject({
  id: z.string(),
  event: z.string(),
  job: z.string(),
  status: z.string(),
  tries: z.number(),
  status_code: z.number().nullable(),
  error: z.string().nullable(),
  created_at: z.string(),
});
export const deliveryListReply = z.looseObject({ data: z.array(deliveryReply) });

const limitReply = z.looseObject({
  scope: z.string(),
  name: z.string(),
  concurrency: z.number().nullable(),
  per_minute: z.number().nullable(),
  weight: z.number(),
});
export const limitListReply = z.looseObject({ data: z.array(limitReply) });
