/** The parts of a routing policy that have rules of their own: who it speaks of, tiers, pools, rollouts. */
import { z } from 'zod';
import { tiers } from '../classifier/classify.js';
import { complianceTags } from '../gateway/metadata.js';
import { declaredTaskNames } from '../gateway/task-names.js';

export const modelName = z.string().min(1);
export const modelList = z.array(modelName).min(1);

/** Whom a rule speaks of; every field that is given must fit. `agent` is the caller's tag `agent:<name>`. */
export const audience = z
  .strictObject({
    tenant: z.string().min(1).optional(),
    key: z.string().min(1).optional(),
    user: z.string().min(1).optional(),
    agent: z.string().min(1).optional(),
  })
  .refine((who) => Object.values(who).some((value) => value !== undefined), 'must name a tenant, key, user or agent');
export type Audience = z.infer<typeof audience>;

/** Tables of tier rules that ship with the product; `classifier` takes the tier the classifier gave. */
export const tierTables = ['classifier', 'by_size', 'by_turns', 'by_words'] as const;
export type TierTable = (typeof tierTables)[number];

/** One rule of a tier table: all conditions that are given must hold. Tokens are those of the prompt, estimated. */
export const tierRule = z.strictObject({
  tier: z.enum(tiers),
  under_tokens: z.int().positive().optional(),
  over_tokens: z.int().nonnegative().optional(),
  under_turns: z.int().positive().optional(),
  over_turns: z.int().nonnegative().optional(),
  /** The complexity score, 0-1. */
  under_score: z.number().min(0).max(1).optional(),
  over_score: z.number().min(0).max(1).optional(),
  /** The declared name, or the task that was guessed. */
  tasks: z.array(z.enum(declaredTaskNames)).min(1).optional(),
});
export type TierRule = z.infer<typeof tierRule>;

/** How hard a request is, and what follows from it. */
export const tierPolicy = z.strictObject({
  /** Asked after `rules`. */
  table: z.enum(tierTables).default('classifier'),
  /** The first that fits decides. */
  rules: z.array(tierRule).default([]),
  /** Best models by tier: before the list of a guessed task, behind that of a declared one. */
  models: z.partialRecord(z.enum(tiers), modelList).default({}),
  /** Quality (of 10) beyond which more is worth nothing to a request of the tier; `balanced` and `custom` heed it. */
  enough: z
    .strictObject({
      simple: z.number().min(0).max(10).default(7),
      standard: z.number().min(0).max(10).default(8.5),
      reasoning: z.number().min(0).max(10).default(10),
      'long-context': z.number().min(0).max(10).default(10),
    })
    .prefault({}),
});
export type TierPolicy = z.infer<typeof tierPolicy>;

export const balances = ['weighted', 'region', 'least_in_flight', 'peak_ewma'] as const;
export type Balance = (typeof balances)[number];

/** Deployments that stand for one another: the same model at several vendors, regions or channels. */
export const pool = z.strictObject({
  models: modelList,
  /** Shares by `vendor/model`; 1 where none is given. */
  weights: z.record(z.string(), z.number().positive()).default({}),
  balance: z.enum(balances).default('weighted'),
  /** Sends requests that begin with the same long prefix to the same deployment, so that its prompt cache hits. */
  prefix_affinity: z.boolean().default(true),
});
export type Pool = z.infer<typeof pool>;

/** What ends a rollout by itself: measured at its model over the window, beside the model it replaces. */
export const rolloutGuard = z.strictObject({
  /** Share of attempts that failed by the vendor's doing. */
  error_rate: z.number().min(0).max(1).default(0.02),
  window_minutes: z.number().positive().default(5),
  /** Nothing is concluded from fewer attempts. */
  min_attempts: z.int().positive().default(20),
  /** Mean time of answers over that of the model it replaces. */
  latency_factor: z.number().positive().nullable().default(2),
  /** Mean cost of answers over that of the model it replaces; null: not looked at. */
  cost_factor: z.number().positive().nullable().default(null),
});
export type RolloutGuard = z.infer<typeof rolloutGuard>;

const rolloutBase = {
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/i, 'must be letters, digits, dots and dashes'),
  /** The model whose place is taken, where it comes first in a plan; without it every plan the router orders. */
  of: modelName.optional(),
  who: audience.optional(),
  tasks: z.array(z.enum(declaredTaskNames)).min(1).optional(),
  /** What the draw sticks to. `conversation` falls back to the user, then the tenant. */
  sticky: z.enum(['tenant', 'conversation', 'request']).default('conversation'),
  guard: rolloutGuard.prefault({}),
};

const percent = z.number().min(0).max(100);

/** Some traffic moves to another model. A model asked for as `vendor/model` is never replaced. */
export const rollout = z.discriminatedUnion('kind', [
  z.strictObject({
    ...rolloutBase,
    kind: z.literal('canary'),
    to: modelName,
    /** Shares in per cent, the first at once; on to the next every `step_minutes` while the guard is content. */
    steps: z.array(percent).min(1).default([10, 50, 100]),
    /** Null: a person moves it on. */
    step_minutes: z.number().positive().nullable().default(30),
  }),
  z.strictObject({
    ...rolloutBase,
    kind: z.literal('ab'),
    /** What they leave over stays as it is, as the arm `control`. */
    arms: z.array(z.strictObject({ name: z.string().min(1), to: modelName, percent })).min(1),
  }),
  z.strictObject({
    ...rolloutBase,
    kind: z.literal('shadow'),
    /** Gets a copy whose answer nobody sees; billed and recorded as `shadow`. */
    to: modelName,
    percent: percent.default(10),
  }),
]);
export type Rollout = z.infer<typeof rollout>;

/** A model under a name of its own, as two-model configurations write it. */
export const namedModel = z.strictObject({
  name: modelName,
  /** Vendor, or the protocol it is spoken to in, where no vendor of that name serves it. */
  provider: z.string().min(1).optional(),
  /** 1 comes first. */
  priority: z.int().positive().optional(),
  fallback: modelList.optional(),
});
export type NamedModel = z.infer<typeof namedModel>;

export const policyCompliance = z.array(z.enum(complianceTags));

/** Many short, alike lines of a batch as one call. */
export const mergePolicy = z
  .strictObject({
    /** `asked`: for batches with `lane: merge` · `auto`: for those with `lane: auto` too, where no vendor's batch API takes them. */
    mode: z.enum(['off', 'asked', 'auto']).default('off'),
    /** Lines of one call. */
    least: z.int().min(2).max(50).default(10),
    most: z.int().min(2).max(50).default(40),
    /** Longest input of a line of its own (without what all have in common), and of all lines of a call, in tokens. */
    item_tokens: z.int().positive().default(400),
    call_tokens: z.int().positive().default(8_000),
    /** What the answers of a call are expected to have together at most, in tokens: they take time. */
    answer_tokens: z.int().positive().default(1_500),
  })
  .refine(({ least, most }) => least <= most, { path: ['least'], message: 'must not be more than most' });
export type MergePolicy = z.infer<typeof mergePolicy>;
