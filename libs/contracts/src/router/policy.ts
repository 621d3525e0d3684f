import { z } from 'zod';
import { strategies } from '../gateway/metadata.js';
import { declaredTaskNames } from '../gateway/task-names.js';
import { snapshot } from '../make/makers.js';

const modelName = z.string().min(1);
const modelList = z.array(modelName).min(1);

/** A routing policy as operators write it (YAML or JSON). Applied as one whole revision; the last good one is kept. */
export const policyDocument = z.strictObject({
  name: z.string().min(1),
  /** What `auto` optimises when the caller says nothing. */
  strategy: z.enum(strategies).default('balanced'),
  /** Candidates of `auto` when no task list applies, in order. */
  default: modelList,
  /** Best models by task; keys are any task name a caller may declare. */
  tasks: z.partialRecord(z.enum(declaredTaskNames), modelList).default({}),
  /** Names callers may use for a list of models. */
  aliases: z.record(z.string(), modelList).default({}),
  vendors: z
    .strictObject({ allow: z.array(z.string()).nullable().default(null), deny: z.array(z.string()).default([]) })
    .prefault({}),
  /** Least quality (of 10) that `cost_first` accepts. */
  quality_floor: z.number().min(0).max(10).default(6),
  weights: z
    .strictObject({ quality: z.number().min(0), cost: z.number().min(0), latency: z.number().min(0) })
    .default({ quality: 0.5, cost: 0.3, latency: 0.2 }),
  timeouts: z
    .strictObject({
      request_ms: z.number().positive().default(120_000),
      call_ms: z.number().positive().default(30_000),
      reasoning_call_ms: z.number().positive().default(600_000),
      first_byte_ms: z.number().positive().default(3_000),
      reasoning_first_byte_ms: z.number().positive().default(30_000),
      idle_ms: z.number().positive().default(30_000),
      connect_ms: z.number().positive().default(5_000),
    })
    .prefault({}),
  /** Of the same deployment, when no other candidate is left: full jitter up to `base_ms` doubled each time. */
  retries: z
    .strictObject({
      most: z.int().min(0).max(10).default(2),
      base_ms: z.number().positive().default(200),
      cap_ms: z.number().positive().default(2_000),
    })
    .prefault({}),
  /** What becomes of an unshown answer that is empty, cut short, filtered or not of its schema. */
  answers: z
    .strictObject({
      empty: z.enum(['next', 'return']).default('next'),
      truncated: z.enum(['next', 'return']).default('next'),
      filtered: z.enum(['next', 'return']).default('return'),
      invalid: z.enum(['next', 'return']).default('next'),
      re_ask: z.int().min(0).max(3).default(0),
    })
    .prefault({}),
  /** A second candidate beside one that is slower than usual. Off unless the policy says otherwise. */
  hedging: z
    .strictObject({
      mode: z.enum(['off', 'after_p95']).default('off'),
      max_extra_spend: z.number().min(0).max(1).default(0.05),
    })
    .prefault({}),
  /** The one model to try when every candidate has failed; `vendor/model`. */
  last_resort: modelName.nullable().default(null),
  cache: z.enum(['temperature_zero', 'always', 'never']).default('temperature_zero'),
  on_mid_stream_failure: z.enum(['error', 'continue', 'restart']).default('error'),
  on_cancel: z.enum(['cut', 'drain']).default('cut'),
  /** Longest chain of candidates in one plan. */
  max_candidates: z.int().min(1).max(20).default(5),
});
export type PolicyDocument = z.infer<typeof policyDocument>;

/** The policy in force, as every router watches it. */
export const PolicySnapshot = snapshot({
  bucket: 'skein-policies',
  key: 'current',
  body: z.object({ revision: z.string(), policy: policyDocument }),
});
export type PolicyRevision = z.infer<typeof PolicySnapshot.body>;
