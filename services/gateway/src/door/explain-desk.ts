import { Inject, Injectable } from '@nestjs/common';
import { BUS } from '@skein/boot';
import { newId, type Bus } from '@skein/bus';
import { formatUsd } from '@skein/catalog';
import type { KeyRecord } from '@skein/contracts/billing';
import { SkeinError, toOpenAiError, toSkeinError, fromWireError } from '@skein/contracts/errors';
import { ExplainRoute } from '@skein/contracts/orchestrator';
import type { RoutePlan } from '@skein/contracts/router';
import { RequestBody, type CallContext } from '@skein/contracts/wire';
import { readChat, readMetadata, type DoorHeaders } from './read-chat.js';

export const MAX_EXPLAINED = 1_000;
const AT_ONCE = 16;
const EXPLAIN_MS = 10_000;

type Asker = Pick<KeyRecord, 'tenant' | 'id'>;

/** Plans requests without running them: one, or an array answered in order. */
@Injectable()
export class ExplainDesk {
  constructor(@Inject(BUS) private readonly bus: Bus) {}

  /** An item that cannot be planned has `error` (and `features`, where they are known) in its place. */
  async explain(asked: unknown, key: Asker, headers: DoorHeaders, traceparent: string | undefined): Promise<unknown> {
    if (!Array.isArray(asked)) return this.#explainOne(asked, key, headers, traceparent);
    if (asked.length > MAX_EXPLAINED) {
      throw new SkeinError(
        'invalid_request',
        `An explanation takes up to ${MAX_EXPLAINED} requests, not ${asked.length}`,
      );
    }
    const answers = new Array<unknown>(asked.length);
    let next = 0;
    const work = async () => {
      for (let index = next++; index < asked.length; index = next++) {
        answers[index] = await this.#explainOne(asked[index], key, headers, traceparent);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return answers;
  }

  async #explainOne(
    asked: unknown,
    key: Asker,
    headers: DoorHeaders,
    traceparent: string | undefined,
  ): Promise<unknown> {
    try {
      const body = RequestBody.of(asked);
      const chat = readChat(body);
      const context: CallContext = {
        requestId: newId('exp'),
        tenant: key.tenant,
        deadline: performance.now() + EXPLAIN_MS,
        traceparent,
      };
      const { features, plan, error } = await this.bus.call(
        ExplainRoute,
        {
          tenant: key.tenant,
          key_id: key.id,
          model: chat.model,
          stream: chat.stream === true,
          max_output_tokens: chat.max_completion_tokens ?? chat.max_tokens ?? null,
          metadata: readMetadata(chat.metadata, headers),
        },
        context,
        { body },
      );
      if (plan !== null) return { features, plan: publicPlan(plan) };
      return { features, ...(error !== null && toOpenAiError(fromWireError(error))) };
    } catch (thrown) {
      return toOpenAiError(toSkeinError(thrown));
    }
  }
}

/** The plan as customers see it: money as decimal strings, what only rooms need left out. */
export function publicPlan(plan: RoutePlan) {
  return {
    revision: plan.revision,
    strategy: plan.strategy,
    candidates: plan.candidates.map(({ vendor, model, score, reason, expected, notices }) => ({
      vendor,
      model,
      score,
      reason,
      expected: {
        tokens: expected.input_tokens + expected.output_tokens,
        cost_usd: expected.cost_nano_usd === null ? null : formatUsd(expected.cost_nano_usd),
        latency_ms: expected.latency_ms,
      },
      ...(notices.length > 0 && { notices }),
    })),
    excluded: plan.excluded,
    ...(plan.excluded_more !== undefined && { excluded_more: plan.excluded_more }),
    ...(plan.tier !== undefined && { tier: plan.tier }),
    ...(plan.rollouts !== undefined && { rollouts: plan.rollouts }),
  };
}
