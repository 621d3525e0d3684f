import { z } from 'zod';
import { caller } from '../attempt/attempt-facts.js';
import { job, rpc, rpcWithBody } from '../make/makers.js';
import { completionOrder, completionResult } from '../orchestrator/complete.js';
import { runPlan, runRequest, runStatuses, runView } from './run.js';

/** What is wrong with a definition: where, and which stage. */
export const definitionProblem = z.object({
  /** Null where it is about the whole. */
  stage: z.string().nullable(),
  path: z.string(),
  message: z.string(),
});
export type DefinitionProblem = z.infer<typeof definitionProblem>;

export const workflowView = z.object({
  name: z.string(),
  object: z.literal('workflow'),
  version: z.int().positive(),
  /** Of the content: the same definition has the same revision. */
  revision: z.string(),
  description: z.string().nullable(),
  definition: z.unknown(),
  created_at: z.string(),
});
export type WorkflowView = z.infer<typeof workflowView>;

/** Checks a definition and keeps it as the next version of its name; the same content again is the version that is there. */
export const DefineWorkflow = rpc({
  subject: 'skein.rpc.workflows.define.v1',
  request: z.object({
    caller,
    /** Over the name in the definition; null: that one holds. */
    name: z.string().nullable(),
    /** YAML or JSON, as written. */
    source: z.string().max(1_000_000),
  }),
  reply: z.object({ workflow: workflowView, created: z.boolean() }),
  errors: ['invalid_request', 'unavailable'],
  deadlineMs: 10_000,
});

/** Says everything that is wrong with a definition, and keeps nothing. */
export const CheckWorkflow = rpc({
  subject: 'skein.rpc.workflows.check.v1',
  request: z.object({ source: z.string().max(1_000_000) }),
  reply: z.object({ problems: z.array(definitionProblem) }),
  deadlineMs: 5_000,
});

export const GetWorkflow = rpc({
  subject: 'skein.rpc.workflows.get.v1',
  request: z.object({ tenant: z.string(), name: z.string(), version: z.int().positive().nullable() }),
  reply: workflowView,
  errors: ['not_found', 'unavailable'],
  deadlineMs: 5_000,
});

/** The newest version of each, or every version of one. */
export const ListWorkflows = rpc({
  subject: 'skein.rpc.workflows.list.v1',
  request: z.object({ tenant: z.string(), name: z.string().nullable() }),
  reply: z.object({ workflows: z.array(workflowView) }),
  errors: ['unavailable'],
  deadlineMs: 5_000,
});

/** What a run would take, from live figures; runs nothing. */
export const PlanWorkflow = rpc({
  subject: 'skein.rpc.workflows.plan.v1',
  request: z.object({ caller, name: z.string(), request: runRequest }),
  reply: runPlan,
  errors: ['not_found', 'invalid_request', 'unavailable'],
  deadlineMs: 15_000,
});

/** Accepts a run that nobody waits for: durable before the reply. */
export const SubmitRun = rpc({
  subject: 'skein.rpc.workflows.submit.v1',
  request: z.object({ caller, name: z.string(), request: runRequest }),
  reply: runView,
  errors: ['not_found', 'invalid_request', 'unavailable'],
  deadlineMs: 10_000,
});

/**
 * A run that someone waits for. The order's model is `workflow/<name>`, the body a `runRequest`; frames go to the order's
 * sink: each `chunk` is a `RunEvent`, a `whole` is the finished `RunView`.
 */
export const RunWorkflow = rpcWithBody({
  subject: 'skein.rpc.workflows.run.v1',
  request: completionOrder,
  reply: completionResult,
  errors: ['not_found', 'invalid_request', 'unavailable'],
  deadlineMs: 3_600_000,
  long: { cancelId: (order) => order.request_id },
});

/** The same as a chat completion: the body is the customer's, frames carry OpenAI chunks or one whole completion. */
export const CompleteByWorkflow = rpcWithBody({
  subject: 'skein.rpc.workflows.complete.v1',
  request: completionOrder,
  reply: completionResult,
  errors: ['not_found', 'invalid_request', 'unavailable'],
  deadlineMs: 3_600_000,
  long: { cancelId: (order) => order.request_id },
});

export const GetRun = rpc({
  subject: 'skein.rpc.workflows.run_get.v1',
  request: z.object({ tenant: z.string(), id: z.string() }),
  reply: runView,
  errors: ['not_found', 'unavailable'],
  deadlineMs: 5_000,
});

/** Newest first. Stages are left out. */
export const ListRuns = rpc({
  subject: 'skein.rpc.workflows.run_list.v1',
  request: z.object({
    tenant: z.string(),
    workflow: z.string().nullable(),
    status: z.enum(runStatuses).nullable(),
    limit: z.int().min(1).max(100),
    /** Id of the last run of the page before. */
    after: z.string().nullable(),
  }),
  reply: z.object({ runs: z.array(runView), has_more: z.boolean() }),
  errors: ['unavailable'],
  deadlineMs: 5_000,
});

/** Cancels what has not ended; an ended run is returned as it is. */
export const CancelRun = rpc({
  subject: 'skein.rpc.workflows.run_cancel.v1',
  request: z.object({ tenant: z.string(), id: z.string() }),
  reply: runView,
  errors: ['not_found', 'unavailable'],
  deadlineMs: 5_000,
});

/** The wake-up of a run: BullMQ carries the id, the row is the truth. */
export const WakeRun = job({
  queue: 'skein-workflows',
  data: z.object({ run_id: z.string(), traceparent: z.string().optional() }),
});
