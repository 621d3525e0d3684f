import { Controller, Inject } from '@nestjs/common';
import { BUS, SETTINGS } from '@skein/boot';
import { Serves, type Bus, type ServedContext } from '@skein/bus';
import type { SettingsOf } from '@skein/config';
import { LookUpAnswer, ReplayAnswer, StoreAnswer, type AnswerOrigin } from '@skein/contracts/cache';
import { SkeinError } from '@skein/contracts/errors';
import type { AttemptOrder, AttemptOutcome } from '@skein/contracts/provider';
import { counter, withSpan } from '@skein/telemetry';
import { answerKey, isKeyOf, type AskedModel } from './answer-key.js';
import { AnswerStore } from './answer-store.js';
import { playedFrames } from './replay-answer.js';
import type { cacheSettings } from './settings.js';
import { isWorthKeeping, type AnswerForm } from './stored-answer.js';

const lookUps = counter('skein_cache_lookups', 'Exact look-ups by result: hit, miss, or away when Redis was.');
const stores = counter('skein_cache_stores', 'Answers handed in by result: stored, refused, or away when Redis was.');

interface ReplayRequest {
  readonly key: string;
  readonly order: AttemptOrder;
  readonly include_usage?: boolean;
}

/** Looks up, replays and keeps answers. */
@Controller()
export class CacheController {
  readonly #bus: Bus;
  readonly #store: AnswerStore;
  readonly #ttlSeconds: number;
  readonly #maxBytes: number;

  constructor(
    @Inject(BUS) bus: Bus,
    @Inject(AnswerStore) store: AnswerStore,
    @Inject(SETTINGS) settings: SettingsOf<typeof cacheSettings>,
  ) {
    this.#bus = bus;
    this.#store = store;
    this.#ttlSeconds = settings.CACHE_TTL_SECONDS;
    this.#maxBytes = settings.CACHE_MAX_ANSWER_BYTES;
  }

  @Serves(LookUpAnswer)
  async lookUp(asked: AskedModel, context: ServedContext): Promise<{ key: string; origin: AnswerOrigin | null }> {
    const key = answerKey(asked, context.body.json);
    const result = await withSpan('cache look-up', { parent: context.traceparent }, () => this.#store.lookUp(key));
    const origin = result === 'away' ? null : result.found;
    lookUps.add(1, { result: result === 'away' ? 'away' : origin === null ? 'miss' : 'hit' });
    return { key, origin };
  }

  @Serves(ReplayAnswer)
  async replay({ key, order, include_usage }: ReplayRequest, context: ServedContext): Promise<AttemptOutcome> {
    const began = performance.now();
    const answer = await withSpan('cache replay', { parent: context.traceparent }, () => this.#store.read(key));
    const totalMs = Math.round((performance.now() - began) * 100) / 100;
    const replay = { stream: order.stream, includeUsage: include_usage, head: order.head };
    const frames = answer === null ? null : playedFrames(answer, replay, totalMs);
    if (answer === null || frames === null) throw new SkeinError('not_found', 'The stored answer is no longer there.');
    if (context.signal.aborted) throw new SkeinError('cancelled', 'The replay was cancelled.');
    frames.forEach((frame, seq) => {
      this.#bus.emitFrame(order.sink, order.request_id, order.head.attempt_no, { ...frame, seq });
    });
    return {
      outcome: 'finished',
      usage: answer.origin.usage,
      usage_source: answer.origin.usage === null ? 'none' : 'provider',
      cost_nano_usd: 0,
      finish_reason: answer.origin.finish_reason,
      first_byte_ms: null,
      total_ms: totalMs,
      model_served: answer.origin.model,
      vendor_request_id: null,
      error: null,
    };
  }

  @Serves(StoreAnswer)
  async keep(
    { key, origin, form }: { key: string; origin: AnswerOrigin; form: AnswerForm },
    context: ServedContext,
  ): Promise<{ stored: boolean }> {
    const { bytes } = context.body;
    const isOurs = isKeyOf(key, origin.vendor, origin.model);
    if (!isOurs || bytes.length > this.#maxBytes || !isWorthKeeping(form, bytes)) {
      stores.add(1, { result: 'refused' });
      return { stored: false };
    }
    const stored = await withSpan('cache store', { parent: context.traceparent }, () =>
      this.#store.write(key, { origin, form, bytes }, this.#ttlSeconds),
    );
    stores.add(1, { result: stored ? 'stored' : 'away' });
    return { stored };
  }
}
