import { z } from 'zod';
import { strategies } from '../gateway/metadata.js';
import { declaredTaskNames } from '../gateway/task-names.js';
import { snapshot } from '../make/makers.js';
import {
  audience,
  mergePolicy,
  modelList,
  modelName,
  namedModel,
  policyCompliance,
  pool,
  rollout,
  tierPolicy,
} from './policy-parts.js';
import { catalogAdditions } from './catalog-additions.js';

const usd = z.union([z.number().nonnegative(), z.string().regex(/^\d+(\.\d+)?$/, 'must be a decimal number of USD')]);

/** A routing policy as operators write it (YAML or JSON). Applied as one whole revision; the last good one is kept. */
export const policyDocument = z.strictObject({
  name: z.string().min(1).default('policy'),
  /** What `auto` optimises when the caller says nothing. */
  strategy: z.enum(strategies).default('balanced'),
  /** Candidates of `auto` when no task list applies, in order; without it `models` by priority. */
  default: modelList.optional(),
  /** Models under names of their own, with their fallbacks. `fast` also leads the tier `simple`, where that has no list. */
  models: z.record(z.string().min(1), namedModel).default({}),
  /** Best models by task; keys are any task name a caller may declare. */
  tasks: z.partialRecord(z.enum(declaredTaskNames), modelList).default({}),
  tiers: tierPolicy.prefault({}),
  /** What is tried behind a model, wherever it is listed or asked for; written whole, not followed further. */
  chains: z.record(z.string().min(1), modelList).default({}),
  /** Names callers may use for a list of models. */
  aliases: z.record(z.string(), modelList).default({}),
  /** Names for deployments that stand for one another, and how load is spread over them. */
  pools: z.record(z.string().min(1), pool).default({}),
  vendors: z
    .strictObject({ allow: z.array(z.string()).nullable().default(null), deny: z.array(z.string()).default([]) })
    .prefault({}),
  /** Demanded of every request, beside what callers demand. */
  compliance: policyCompliance.default([]),
  /** Where every request must stay, unless its caller names another place. */
  region: z.string().min(1).nullable().default(null),
  /** A wall: whoever it speaks of gets these models and no other. The first that fits decides. */
  bindings: z.array(z.strictObject({ who: audience, models: modelList })).default([]),
  /** A wish: these lead the list of whoever it speaks of, and nothing behind them is lost. */
  preferences: z.array(z.strictObject({ who: audience, models: modelList })).default([]),
  /** Least quality (of 10) that `cost_first` accepts. */
  quality_floor: z.number().min(0).max(10).default(6),
  weights: z
    .strictObject({ quality: z.number().min(0), cost: z.number().min(0), latency: z.number().min(0) })
    .default({ quality: 0.5, cost: 0.3, latency: 0.2 }),
  budgets: z
    .strictObject({
      /** Most that one request may be expected to cost, in USD; requests of high priority are free of it. */
      max_request_usd: usd.nullable().default(null),
      /** Over it: the cheapest that is left answers, with a notice; or nobody does. */
      over: z.enum(['downgrade', 'refuse']).default('downgrade'),
    })
    .prefault({}),
  /** Bounds the answer where the caller set none: by what a budget leaves, by what the task expects too, or never. */
  output: z
    .strictObject({
      set: z.enum(['never', 'budget', 'task']).default('budget'),
      /** Times the expected length. */
      headroom: z.number().min(1).default(4),
      /** Tokens; never less. */
      least: z.int().positive().default(256),
    })
    .prefault({}),
  /** `trim`: a prompt too long for a model loses its oldest turns there, with a notice, instead of passing it over. */
  context: z.strictObject({ trim: z.boolean().default(false) }).prefault({}),
  rollouts: z.array(rollout).default([]),
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
  /** How lines of batches are run, which nobody waits for. */
  batches: z
    .strictObject({
      /** Share of a vendor's rate limits, as the vendor tells what is left of them, that lines leave to everyone else. */
      quota_reserve: z.number().min(0).max(1).default(0.2),
      merge: mergePolicy.prefault({}),
    })
    .prefault({}),
  /** The one model to try when every candidate has failed; `vendor/model`. */
  last_resort: modelName.nullable().default(null),
  cache: z.enum(['temperature_zero', 'always', 'never']).default('temperature_zero'),
  on_mid_stream_failure: z.enum(['error', 'continue', 'restart']).default('error'),
  on_cancel: z.enum(['cut', 'drain']).default('cut'),
  /** Longest chain of candidates in one plan. */
  max_candidates: z.int().min(1).max(20).default(5),
  /** A small model names the task where the classifier is unsure of it. Off unless one is named here. */
  unsure_tasks: z
    .strictObject({
      model: modelName.nullable().default(null),
      /** As each conductor counts, in UTC days. */
      max_usd_per_day: usd.default('1'),
      max_usd_per_call: usd.default('0.002'),
      /** Share of the requests for which it may be asked. */
      max_share: z.number().min(0).max(1).default(0.2),
      /** The same words are asked about once in so many seconds. */
      cache_ttl_s: z.number().positive().default(86_400),
      timeout_ms: z.number().positive().default(2_000),
    })
    .prefault({}),
  /** Models, prices, regions and agreements that the operator knows better than the release. */
  catalog: catalogAdditions.optional(),
  /** Which floating names are sent as the dated name they mean: those that say `latest`, all that are known, or none. */
  pin: z.enum(['latest', 'all', 'off']).default('latest'),
  /** `vendor/model` → the dated name it is sent as; filled in when the revision is made, and kept by it. */
  pins: z.record(z.string(), z.string().min(1)).default({}),
});
export type PolicyDocument = z.infer<typeof policyDocument>;

/** The policy in force, as every router watches it. */
export const PolicySnapshot = snapshot({
  bucket: 'skein-policies',
  key: 'current',
  body: z.object({ revision: z.string(), policy: policyDocument }),
});
export type PolicyRevision = z.infer<typeof PolicySnapshot.body>;
