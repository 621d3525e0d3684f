import { z } from 'zod';
import { declaredTaskNames } from './task-names.js';

export const strategies = ['cost_first', 'quality_first', 'balanced', 'latency_first', 'custom'] as const;
export type Strategy = (typeof strategies)[number];

export const priorities = ['high', 'normal', 'low'] as const;
export type Priority = (typeof priorities)[number];

export const complianceTags = ['SOC2', 'HIPAA', 'GDPR', 'zero_retention'] as const;

const decimal = z.union([
  z.number().nonnegative(),
  z.string().regex(/^\d+(\.\d+)?$/, 'must be a decimal number of USD'),
]);

/**
 * What a caller may say about a request, in the body's `metadata` or as `x-skein-<field>` headers, the same at every door.
 * A value outside its set is a 400 that names the field.
 */
export const requestMetadata = z.object({
  task: z.enum(declaredTaskNames).optional(),
  priority: z.enum(priorities).optional(),
  /** USD, as a decimal string or a number. */
  max_cost_usd: decimal.optional(),
  max_latency_ms: z.number().positive().optional(),
  strategy: z.enum(strategies).optional(),
  compliance: z.array(z.enum(complianceTags)).optional(),
  region: z.string().min(1).optional(),
  user: z.string().min(1).optional(),
  cost_center: z.string().min(1).optional(),
  realtime: z.boolean().optional(),
  /** Ask two models at once and take the first to answer; both are paid for. */
  race: z.boolean().optional(),
  tags: z.array(z.string()).optional(),
  /** Models to try after the one asked for, in order. */
  fallbacks: z.array(z.string().min(1)).optional(),
});
export type RequestMetadata = z.infer<typeof requestMetadata>;

export const metadataFields = Object.keys(requestMetadata.shape) as (keyof RequestMetadata)[];
