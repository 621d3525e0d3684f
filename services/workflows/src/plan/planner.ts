import { Inject, Injectable } from '@nestjs/common';
import { BUS } from '@skein/boot';
import { newId, type Bus } from '@skein/bus';
import type { Caller } from '@skein/contracts/attempt';
import { toSkeinError } from '@skein/contracts/errors';
import type { RequestMetadata } from '@skein/contracts/gateway';
import { ExplainRoute } from '@skein/contracts/orchestrator';
import type { RunPlan, StrategyChoice, WorkflowDefinition } from '@skein/contracts/workflows';
import { RequestBody } from '@skein/contracts/wire';
import { toChatBody } from '../ask/ask.js';
import { chooseStrategy, needsOf } from '../definition/choose-strategy.js';
import { ownInput, type Inputs } from '../definition/inputs.js';
import type { Pipeline } from '../definition/stage.js';
import { estimate, type CallFigures, type Price } from './estimate.js';

const EXPLAIN_MS = 5_000;
/** With nobody to ask, a task is taken to be of medium complexity. */
const UNKNOWN_COMPLEXITY = 0.5;

export interface Planned {
  readonly caller: Caller;
  readonly workflow: string;
  readonly version: number | null;
  readonly definition: WorkflowDefinition;
  readonly inputs: Inputs;
  readonly metadata: RequestMetadata;
}

/** What things would cost and take, from the router's live figures; and which strategy a task deserves. */
@Injectable()
export class Planner {
  constructor(@Inject(BUS) private readonly bus: Bus) {}

  async plan(planned: Planned, pipeline: Pipeline, strategy: StrategyChoice | null): Promise<RunPlan> {
    const facts = { runId: 'plan', workflow: planned.workflow, definition: planned.definition, inputs: planned.inputs };
    const figures = await estimate(pipeline, facts, this.#priceFor(planned));
    return { workflow: planned.workflow, version: planned.version, strategy, ...figures };
  }

  /** The strategy by the decision table, and plain routing beside it. */
  async choose(planned: Planned): Promise<StrategyChoice> {
    const body = { model: 'auto', messages: [{ role: 'user', content: ownInput(planned.inputs, planned.definition) }] };
    const explained = await this.#explain(planned, 'auto', body, planned.metadata);
    const needs = needsOf(planned.definition, explained.score ?? UNKNOWN_COMPLEXITY);
    const { chosen, because } = chooseStrategy(needs);
    return {
      chosen,
      because,
      complexity: needs.complexity,
      latency: needs.latency,
      budget: needs.budget,
      plain: {
        calls: 1,
        cost_nano_usd: explained.costNano,
        latency_ms: explained.latencyMs,
        model: explained.model,
        complexity: 'low: one call, nothing to keep up',
      },
    };
  }

  #priceFor(planned: Planned): Price {
    return (ask, { spec }) => {
      const body = toChatBody(ask, {
        isStreamed: false,
        ...(spec.max_tokens !== undefined && { max_tokens: spec.max_tokens }),
      });
      return this.#explain(planned, ask.model, body, { ...planned.metadata, ...spec.policy });
    };
  }

  async #explain(
    { caller }: Planned,
    model: string,
    body: Record<string, unknown>,
    metadata: RequestMetadata,
  ): Promise<CallFigures & { score: number | null }> {
    const nothing = { model: null, outputTokens: 0, costNano: null, latencyMs: null, score: null };
    try {
      const context = { requestId: newId('exp'), tenant: caller.tenant, deadline: performance.now() + EXPLAIN_MS };
      const maxTokens = typeof body['max_tokens'] === 'number' ? body['max_tokens'] : null;
      const question = { tenant: caller.tenant, model, stream: false, max_output_tokens: maxTokens, metadata };
      const { features, plan, error } = await this.bus.call(ExplainRoute, question, context, {
        body: RequestBody.of(body),
      });
      const { score } = features.complexity;
      const [first] = plan?.candidates ?? [];
      if (first === undefined) return { ...nothing, score, problem: error?.message ?? 'no model can be had' };
      return {
        model: `${first.vendor}/${first.model}`,
        outputTokens: first.expected.output_tokens,
        costNano: first.expected.cost_nano_usd,
        latencyMs: first.expected.latency_ms,
        problem: null,
        score,
      };
    } catch (thrown) {
      return { ...nothing, problem: toSkeinError(thrown).message };
    }
  }
}
