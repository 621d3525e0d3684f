/** What operators do with policies: lint, compare, apply, roll back, and steer rollouts. Served by any router. */
import { z } from 'zod';
import { rpc, snapshot } from '../make/makers.js';
import { policyDocument } from './policy.js';

/** A revision that was in force, and who put it there. */
export const policyVersion = z.object({
  revision: z.string(),
  name: z.string(),
  /** Milliseconds since the epoch. */
  at: z.int(),
  by: z.string(),
  note: z.string().nullable(),
});
export type PolicyVersion = z.infer<typeof policyVersion>;

const keptVersion = policyVersion.extend({ policy: policyDocument });

/** The newest revisions with what they said, the newest first; as many as fit. */
export const PolicyHistory = snapshot({
  bucket: 'skein-policies',
  key: 'history',
  body: z.object({ versions: z.array(keptVersion) }),
});
export type PolicyHistoryBody = z.infer<typeof PolicyHistory.body>;
export type KeptVersion = z.infer<typeof keptVersion>;

/** Where a rollout stands. A rollout that is not here is at its first step since its policy came into force. */
export const rolloutState = z.object({
  name: z.string(),
  /** Hash of what the policy says of it: another definition starts anew. */
  definition: z.string(),
  state: z.enum(['running', 'done', 'rolled_back']),
  /** Index into a canary's `steps`. */
  step: z.int().nonnegative(),
  /** Since when it stands there, ms since the epoch. */
  since: z.int(),
  by: z.string(),
  reason: z.string().nullable(),
});
export type RolloutState = z.infer<typeof rolloutState>;

export const RolloutsSnapshot = snapshot({
  bucket: 'skein-rollouts',
  key: 'current',
  body: z.object({ states: z.array(rolloutState) }),
});

export const policyProblem = z.object({
  /** Where in the document, dotted; empty for the whole. */
  path: z.string(),
  message: z.string(),
  /** An error keeps the policy from being applied. */
  severity: z.enum(['error', 'warning']),
});
export type PolicyProblem = z.infer<typeof policyProblem>;

export const policyChange = z.object({
  path: z.string(),
  /** JSON of the value on either side; null where it is not there. */
  before: z.string().nullable(),
  after: z.string().nullable(),
});
export type PolicyChange = z.infer<typeof policyChange>;

/** YAML or JSON of a policy; at most a megabyte. */
const text = z.string().min(1).max(1_000_000);
/** `current`, a revision (or its unique beginning), or `preset:<name>`. */
const reference = z.string().min(1);
const errors = ['invalid_request', 'not_found', 'unavailable'] as const;
const deadlineMs = 10_000;

export const LintPolicy = rpc({
  subject: 'skein.rpc.router.policy_lint.v1',
  request: z.object({ text }),
  reply: z.object({ revision: z.string().nullable(), problems: z.array(policyProblem) }),
  errors,
  deadlineMs,
});

/** Two policies compared, field by field, as they are once defaults are filled in. */
export const DiffPolicy = rpc({
  subject: 'skein.rpc.router.policy_diff.v1',
  request: z.object({ from: reference, to: reference.nullable(), text: text.nullable() }),
  reply: z.object({ from: z.string(), to: z.string(), changes: z.array(policyChange) }),
  errors,
  deadlineMs,
});

/** Puts a policy in force for all routers at once, or says why it cannot be (`invalid_request`, naming every problem). */
export const ApplyPolicy = rpc({
  subject: 'skein.rpc.router.policy_apply.v1',
  request: z.object({
    text: text.nullable(),
    preset: z.string().nullable(),
    by: z.string(),
    note: z.string().nullable(),
  }),
  reply: z.object({ revision: z.string(), previous: z.string().nullable(), problems: z.array(policyProblem) }),
  errors,
  deadlineMs,
});

/** Back to the revision before the one in force, or to the one named. */
export const RollBackPolicy = rpc({
  subject: 'skein.rpc.router.policy_rollback.v1',
  request: z.object({ to: reference.nullable(), by: z.string() }),
  reply: z.object({ revision: z.string(), previous: z.string().nullable() }),
  errors,
  deadlineMs,
});

export const ListPolicies = rpc({
  subject: 'skein.rpc.router.policy_list.v1',
  request: z.object({}),
  reply: z.object({
    current: z.string().nullable(),
    versions: z.array(policyVersion),
    presets: z.array(z.object({ name: z.string(), about: z.string() })),
  }),
  errors,
  deadlineMs,
});

export const ShowPolicy = rpc({
  subject: 'skein.rpc.router.policy_show.v1',
  request: z.object({ revision: reference }),
  reply: z.object({ version: policyVersion, policy: policyDocument, yaml: z.string() }),
  errors,
  deadlineMs,
});

/** The JSON Schema of a policy, for editors. */
export const PolicySchema = rpc({
  subject: 'skein.rpc.router.policy_schema.v1',
  request: z.object({}),
  reply: z.object({ schema: z.record(z.string(), z.unknown()) }),
  errors,
  deadlineMs,
});

const armFigures = z.object({
  model: z.string(),
  attempts: z.int().nonnegative(),
  errors: z.int().nonnegative(),
  mean_ms: z.number().nullable(),
  mean_cost_nano_usd: z.number().nullable(),
});
export type ArmFigures = z.infer<typeof armFigures>;

/** A rollout of the policy in force: where it stands and what was measured, over its guard's window. */
export const rolloutReport = z.object({
  name: z.string(),
  kind: z.enum(['canary', 'ab', 'shadow']),
  state: rolloutState.shape.state,
  percent: z.number(),
  since: z.int().nullable(),
  by: z.string().nullable(),
  reason: z.string().nullable(),
  arms: z.array(armFigures),
  baseline: armFigures.nullable(),
});
export type RolloutReport = z.infer<typeof rolloutReport>;

export const ListRollouts = rpc({
  subject: 'skein.rpc.router.rollout_list.v1',
  request: z.object({}),
  reply: z.object({ rollouts: z.array(rolloutReport) }),
  errors,
  deadlineMs,
});

/** `rollback`: to nobody, at once. `advance`: to the next step. `restart`: to the first. */
export const SteerRollout = rpc({
  subject: 'skein.rpc.router.rollout_steer.v1',
  request: z.object({ name: z.string(), action: z.enum(['rollback', 'advance', 'restart']), by: z.string() }),
  reply: z.object({ rollout: rolloutReport }),
  errors,
  deadlineMs,
});
