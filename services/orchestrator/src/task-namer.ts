/**
 * Where the classifier is unsure what is asked for, a small model may name it: off unless the policy names one, within a
 * daily sum and a share of the requests (as this conductor counts them), and asked once for the same words. It is a request
 * of its own, with its own record and posting; whatever goes wrong with it, the classifier's guess stands.
 */
import { createHash } from 'node:crypto';
import { newId, runCompletion, type Bus } from '@skein/bus';
import type { Features } from '@skein/contracts/classifier';
import { toSkeinError } from '@skein/contracts/errors';
import type { Task } from '@skein/contracts/gateway';
import { CompletionFinished, type CompletionOrder } from '@skein/contracts/orchestrator';
import { PolicySnapshot, type PolicyDocument } from '@skein/contracts/router';
import type { CallContext, RequestBody } from '@skein/contracts/wire';
import type { Logger } from '@skein/telemetry';
import { NamedTasks } from './named-tasks.js';
import { NamingBudget } from './naming-budget.js';
import { NAMING_MAX_TOKENS, namingBody, quotedAsk, taskIn, textOfAnswer } from './naming-question.js';

export type NamingPolicy = PolicyDocument['unsure_tasks'];

/** Purpose of the side request, as its record tells it. */
const PURPOSE = 'purpose:name-task';

export class TaskNamer {
  #policy: NamingPolicy | null = null;
  readonly #budget = new NamingBudget();
  readonly #named = new NamedTasks();
  #stopWatching: (() => void) | null = null;

  constructor(
    private readonly bus: Bus,
    private readonly logger: Logger,
    /** Whether there is too much to do for it at the moment. */
    private readonly isShed: () => boolean,
  ) {}

  async start(): Promise<void> {
    this.#stopWatching = await this.bus.watchSnapshot(PolicySnapshot, ({ policy }) => {
      this.#policy = policy.unsure_tasks;
    });
  }

  stop(): void {
    this.#stopWatching?.();
  }

  /** Features with the task that a model named, where the policy wants that; the same features otherwise. Never throws. */
  async name(features: Features, order: CompletionOrder, body: RequestBody, context: CallContext): Promise<Features> {
    const policy = this.#policy;
    if (policy?.model == null || order.model !== 'auto') return features;
    this.#budget.see(Date.now());
    if (!features.abstained || features.declared !== null || features.task === 'multimodal') return features;
    const ask = quotedAsk(body.json);
    if (ask === '') return features;
    const key = createHash('sha256').update(`${order.caller.tenant}\n${policy.model}\n${ask}`).digest('base64');
    const known = this.#named.get(key, Date.now());
    if (known !== null) return decided(features, known.task, { ...known.by, from_cache: true });
    if (this.isShed()) return features;
    const hold = this.#budget.hold(policy, Date.now());
    if (hold === null) return features;
    const answer = await this.#ask(policy, order, ask, context).catch((thrown: unknown) => {
      this.logger.debug({ err: toSkeinError(thrown), request_id: order.request_id }, 'a task was not named');
      return null;
    });
    hold.settle(answer?.costNanoUsd ?? null);
    if (answer?.task == null) return features;
    this.#named.keep(key, { task: answer.task, by: answer.by }, Date.now() + policy.cache_ttl_s * 1_000);
    return decided(features, answer.task, { ...answer.by, from_cache: false });
  }

  async #ask(policy: NamingPolicy, asked: CompletionOrder, ask: string, context: CallContext) {
    const order = namingOrder(policy, asked, this.bus.instance);
    const deadline = Math.min(context.deadline, performance.now() + policy.timeout_ms);
    const startedAt = performance.now();
    const { traceparent } = context;
    const run = runCompletion(
      this.bus,
      order,
      namingBody(ask),
      {
        requestId: order.request_id,
        tenant: context.tenant,
        deadline,
        ...(traceparent !== undefined && { traceparent }),
      },
      { onHead: () => undefined, onChunk: () => undefined, onWhole: () => undefined, onNotice: () => undefined },
    );
    const leave = (): void => run.leave();
    context.signal?.addEventListener('abort', leave, { once: true });
    const [answer, result] = await Promise.all([run.answered, run.result]);
    context.signal?.removeEventListener('abort', leave);
    void this.bus
      .state(
        CompletionFinished,
        {
          request_id: order.request_id,
          kind: order.kind,
          operation: order.operation,
          caller: order.caller,
          status: answer.status,
          requested_model: order.model,
          stream: false,
          task: 'classification',
          metadata: order.metadata,
          cache: 'off',
          explanation: result?.explanation ?? null,
          attempts: [...(result?.attempts ?? [])],
          overhead_ms: null,
          total_ms: performance.now() - startedAt,
          error: answer.error?.toWire() ?? null,
          trace_id: null,
          at: Date.now(),
          ...(traceparent !== undefined && { traceparent }),
        },
        'soon',
      )
      .catch(() => undefined);
    const model = answer.head === null ? order.model : `${answer.head.vendor}/${answer.head.model}`;
    return {
      task: answer.status === 'succeeded' ? taskIn(textOfAnswer(answer.kept)) : null,
      costNanoUsd: answer.usage?.cost_nano_usd ?? null,
      by: { model, request_id: order.request_id },
    };
  }
}

/** The caller's walls hold for the side request too: it carries his words. */
function namingOrder(policy: NamingPolicy, asked: CompletionOrder, sink: string): CompletionOrder {
  const { compliance, region, user, cost_center } = asked.metadata;
  return {
    request_id: newId('req'),
    sink,
    operation: 'chat',
    model: policy.model ?? '',
    stream: false,
    temperature: 0,
    max_output_tokens: NAMING_MAX_TOKENS,
    kind: asked.kind,
    caller: asked.caller,
    metadata: {
      task: 'classification',
      max_cost_usd: policy.max_usd_per_call,
      tags: [PURPOSE, `for:${asked.request_id}`],
      ...(compliance !== undefined && { compliance }),
      ...(region !== undefined && { region }),
      ...(user !== undefined && { user }),
      ...(cost_center !== undefined && { cost_center }),
    },
    cache: 'off',
    on_unknown: 'stop',
  };
}

function decided(features: Features, task: Task, by: NonNullable<Features['named_by']>): Features {
  return { ...features, task, abstained: false, named_by: by };
}
