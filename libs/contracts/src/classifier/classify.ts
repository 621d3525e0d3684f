import { z } from 'zod';
import { declaredTaskNames, tasks } from '../gateway/task-names.js';
import { rpcWithBody } from '../make/makers.js';

export const needs = ['tools', 'schema', 'vision', 'audio', 'documents'] as const;
export type Need = (typeof needs)[number];

export const tiers = ['simple', 'standard', 'reasoning', 'long-context'] as const;
export type Tier = (typeof tiers)[number];

export const features = z.object({
  /** Always the best guess, even when `abstained`. */
  task: z.enum(tasks),
  /** The name the caller declared, if any; a policy may map it directly. */
  declared: z.enum(declaredTaskNames).nullable(),
  /** 0–1. */
  confidence: z.number().min(0).max(1),
  /** True when the confidence is under the threshold: the policy's default applies, not the task's list. */
  abstained: z.boolean(),
  /** BCP 47 primary language of the last user message, `und` when it cannot be told. */
  language: z.string(),
  /** Estimated prompt tokens (o200k-like). */
  tokens: z.int().nonnegative(),
  /** Messages before the last one. */
  turns: z.int().nonnegative(),
  complexity: z.object({ score: z.number().min(0).max(1), tier: z.enum(tiers) }),
  needs: z.array(z.enum(needs)),
  /** Set where the classifier was unsure and a model named the task: which, and the request in which it did. */
  named_by: z.object({ model: z.string(), request_id: z.string(), from_cache: z.boolean() }).optional(),
  /** Hash of what every turn of this conversation begins with: instructions and the first word of the user. */
  thread: z.string().optional(),
  /** Hash of tools and instructions, where they are long enough for vendors to keep them in a prompt cache. */
  prefix: z.string().optional(),
});
export type Features = z.infer<typeof features>;

/** Prompt → Features. Answers from the body alone; keeps nothing. */
export const Classify = rpcWithBody({
  subject: 'skein.rpc.classifier.classify.v1',
  request: z.object({ declared_task: z.enum(declaredTaskNames).nullable() }),
  reply: features,
  errors: ['invalid_request'],
  deadlineMs: 2_000,
});

/**
 * Prompt → its o200k tokens, counted rather than estimated; a vendor's own factor comes after. For a caller who asks, and
 * for answers whose vendor told no usage; not on the way of a request: the first count loads a vocabulary, and long prompts
 * take their time.
 */
export const CountTokens = rpcWithBody({
  subject: 'skein.rpc.classifier.count_tokens.v1',
  request: z.object({}),
  reply: z.object({
    tokens: z.int().nonnegative(),
    /** Of its texts alone, without what messages and media cost beside. */
    of_text: z.int().nonnegative().optional(),
  }),
  errors: ['invalid_request'],
  deadlineMs: 10_000,
});
