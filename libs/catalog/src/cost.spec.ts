import { describe, expect, it } from '@jest/globals';
import { computeCost, estimateCost, pricesOf } from './cost.js';
import { catalog, catalogRevision, costOfAttempt } from './default-catalog.js';
import { noUsage } from '@skein/contracts/attempt';
import type { ModelRecord, PriceBuckets, PricePeriod } from './model.js';
import type { UsageBuckets } from '@skein/contracts/attempt';
import type { VendorId } from './vendor.js';

function record(vendor: VendorId, model: string): ModelRecord {
  const found = catalog.recordOf(vendor, model);
  if (!found) throw new Error(`${vendor}/${model} is not in the catalogue`);
  return found;
}

function priced(...prices: PricePeriod[]): ModelRecord {
  return { ...record('openai', 'gpt-4o-mini'), prices };
}

const always = (base: PriceBuckets): PricePeriod => ({ from: null, base, tiers: [] });
const used = (part: Partial<UsageBuckets>): UsageBuckets => ({ ...noUsage, ...part });

describe('the cost of recorded usage', () => {
  // Usages as vendors sent them. xAI and OpenRouter state the cost beside the usage: for them the figures are theirs.
  it.each<[string, VendorId, string, Partial<UsageBuckets>, number]>([
    [
      'cached input',
      'openai',
      'gpt-4o-mini-2024-07-18',
      { input_uncached: 90, cache_read: 1280, output: 155 },
      202_500,
    ],
    ['reasoning', 'openai', 'gpt-5-nano-2025-08-07', { input_uncached: 22, output: 719, reasoning: 704 }, 288_700],
    ['cache read', 'anthropic', 'claude-sonnet-4-6', { input_uncached: 3, cache_read: 4563, output: 6 }, 1_467_900],
    [
      'cache write',
      'anthropic',
      'claude-sonnet-5',
      { input_uncached: 2, cache_write_5m: 22, cache_read: 1694, output: 7 },
      701_700,
    ],
    [
      'audio, video and cache',
      'google',
      'gemini-2.5-flash',
      { input_uncached: 1, cache_read: 17379, audio_in: 36, image_in: 297, output: 889, reasoning: 821 },
      2_869_270,
    ],
    [
      'prices below a nano',
      'deepseek',
      'deepseek-v4-flash',
      { input_uncached: 98, cache_read: 384, output: 23 },
      21_235,
    ],
    [
      'reasoning on top',
      'xai',
      'grok-3-mini',
      { input_uncached: 10, cache_read: 2, output: 322, reasoning: 320 },
      164_150,
    ],
    ['tool call', 'xai', 'grok-3-mini', { input_uncached: 63, cache_read: 244, output: 281, reasoning: 255 }, 177_700],
    ['a host', 'openrouter', 'google/gemini-2.5-flash', { input_uncached: 1294, output: 102 }, 643_200],
    ['a host', 'openrouter', 'anthropic/claude-haiku-4.5', { input_uncached: 81, output: 173 }, 946_000],
    ['a fee per request', 'perplexity', 'sonar', { input_uncached: 144, output: 148 }, 5_292_000],
    ['embedding', 'openai', 'text-embedding-3-small', { input_uncached: 8 }, 160],
  ])('with %s: %s/%s', (_, vendor, model, usage, nano) => {
    expect(costOfAttempt(record(vendor, model), used(usage), '2026-11-21')).toEqual({
      cost_nano_usd: nano,
      assumed: [],
      exchange: null,
      price_revision: catalogRevision,
    });
  });

  it('is unknown, not zero, where the price is', () => {
    expect(costOfAttempt(null, used({ input_uncached: 5 })).cost_nano_usd).toBeNull();
    expect(computeCost(priced(), used({ input_uncached: 5 })).cost_nano_usd).toBeNull();
    expect(computeCost(priced(always({ input: 1_000 })), used({ output: 5 })).cost_nano_usd).toBeNull();
  });

  it('is zero for no usage and for free models', () => {
    expect(computeCost(priced(always({ input: 1_000 })), noUsage).cost_nano_usd).toBe(0);
    expect(computeCost(priced(always({ input: 0, output: 0 })), used({ output: 9 })).cost_nano_usd).toBe(0);
  });
});

describe('prices that a model lacks', () => {
  const plain = priced(always({ input: 1_001_000, output: 4_000_000 }));

  it.each<[keyof UsageBuckets, number]>([
    ['cache_read', 1_001_000],
    ['cache_write_5m', 1_251_250],
    ['cache_write_1h', 2_002_000],
    ['audio_in', 1_001_000],
    ['audio_out', 4_000_000],
  ])('%s takes another price and says so', (bucket, nano) => {
    expect(computeCost(plain, used({ [bucket]: 1_000 }))).toMatchObject({ cost_nano_usd: nano, assumed: [bucket] });
  });

  it('says nothing of buckets without tokens, nor of images, which are input', () => {
    expect(computeCost(plain, used({ image_in: 1_000 }))).toMatchObject({ cost_nano_usd: 1_001_000, assumed: [] });
  });

  it("an hour's cache at Anthropic is priced, not assumed", () => {
    const cost = computeCost(record('anthropic', 'claude-sonnet-4-5'), used({ cache_write_1h: 1_000 }));
    expect(cost).toMatchObject({ cost_nano_usd: 6_000_000, assumed: [] });
  });
});

describe('tiers and dates', () => {
  it('charges all tokens at the higher price once the input exceeds the bound, cached input included', () => {
    const pro = record('google', 'gemini-2.5-pro');
    expect(computeCost(pro, used({ input_uncached: 200_000, output: 10 })).cost_nano_usd).toBe(250_100_000);
    expect(computeCost(pro, used({ input_uncached: 200_001, output: 10 })).cost_nano_usd).toBe(500_152_500);
    expect(computeCost(pro, used({ input_uncached: 1, cache_read: 200_000 })).cost_nano_usd).toBe(50_002_500);
  });

  it('takes the prices of the day, and the newest where no day is given', () => {
    const sonnet = record('anthropic', 'claude-sonnet-5');
    const usage = used({ input_uncached: 2, cache_write_5m: 22, cache_read: 1694, output: 7 });
    expect(computeCost(sonnet, usage, '2026-08-31T23:59:59Z').cost_nano_usd).toBe(467_800);
    expect(computeCost(sonnet, usage, '2026-09-01').cost_nano_usd).toBe(701_700);
    expect(computeCost(sonnet, usage).cost_nano_usd).toBe(701_700);
  });

  it('knows no price before the first period', () => {
    const model = priced({ from: '2026-01-01', base: { input: 1_000 }, tiers: [] });
    expect(pricesOf(model, 0, '2025-12-31')).toBeNull();
  });

  it('charges the thinking price for all output of an attempt that reasoned, where there is one', () => {
    const qwen = record('qwen', 'qwen-plus');
    expect(computeCost(qwen, used({ output: 100 })).cost_nano_usd).toBe(120_000);
    expect(computeCost(qwen, used({ output: 100, reasoning: 60 })).cost_nano_usd).toBe(400_000);
  });
});

describe('a batch', () => {
  const usage = used({ input_uncached: 1_000, cache_read: 1_000, output: 1_001 });
  const batch = (vendor: VendorId, model: string, onDate?: string) =>
    computeCost(record(vendor, model), usage, onDate, { batch: true });

  it('costs half of everything where discounts add up', () => {
    const sonnet = record('anthropic', 'claude-sonnet-4-6');
    expect(computeCost(sonnet, usage).cost_nano_usd).toBe(18_315_000);
    expect(batch('anthropic', 'claude-sonnet-4-6')).toMatchObject({ cost_nano_usd: 9_157_500, assumed: [] });
  });

  it('leaves cached input at its price where they do not', () => {
    expect(batch('google', 'gemini-2.5-flash').cost_nano_usd).toBe(
      (1_000 * 300_000 + 1_001 * 2_500_000) / 2_000 + (1_000 * 30_000) / 1_000,
    );
  });

  it('rounds once: half a nano-dollar of a half price goes up', () => {
    const model = { ...priced(always({ input: 1_000 })), batch: record('openai', 'gpt-4o').batch };
    expect(computeCost(model, used({ input_uncached: 1 }), undefined, { batch: true }).cost_nano_usd).toBe(1);
    expect(computeCost(model, used({ input_uncached: 4 }), undefined, { batch: true }).cost_nano_usd).toBe(2);
  });

  it('has no discount before its first day, nor where none is known, and says so', () => {
    expect(batch('anthropic', 'claude-sonnet-4-6', '2024-10-07')).toMatchObject({ assumed: ['batch'] });
    expect(batch('deepseek', 'deepseek-v4-flash')).toMatchObject({ assumed: ['batch'] });
  });
});

describe('units beside tokens', () => {
  const cost = (vendor: VendorId, model: string, units: UsageBuckets['units'], tokens: Partial<UsageBuckets> = {}) =>
    computeCost(record(vendor, model), used({ ...tokens, units })).cost_nano_usd;

  it.each<[string, VendorId, string, UsageBuckets['units'], number]>([
    ['a minute of audio', 'openai', 'whisper-1', { audio_ms: 60_000 }, 6_000_000],
    ['a second at a price per hour', 'groq', 'whisper-large-v3', { audio_ms: 1_000 }, 30_833],
    ['an hour', 'groq', 'whisper-large-v3', { audio_ms: 3_600_000 }, 111_000_000],
    ['characters', 'openai', 'tts-1', { characters: 1_000 }, 15_000_000],
    ['searches', 'cohere', 'rerank-v3.5', { searches: 3 }, 6_000_000],
    ['nothing at all', 'openai', 'whisper-1', {}, 0],
    ['what is free', 'openai', 'omni-moderation-latest', {}, 0],
  ])('cost what they cost: %s', (_, vendor, model, units, nano) => {
    expect(cost(vendor, model, units)).toBe(nano);
  });

  it('make the tokens beside them free, and are free beside tokens', () => {
    expect(cost('openai', 'whisper-1', { audio_ms: 60_000 }, { output: 50 })).toBe(6_000_000);
    expect(cost('openai', 'gpt-4o-transcribe', { audio_ms: 60_000 }, { audio_in: 100, output: 10 })).toBe(700_000);
  });

  it('are unknown where neither has a price', () => {
    expect(cost('openai', 'tts-1', { audio_ms: 5 })).toBeNull();
    expect(cost('openai', 'whisper-1', {}, { output: 5 })).toBeNull();
  });
});

describe('an estimate', () => {
  it('is the exact cost of that usage, by whichever arithmetic', () => {
    for (const model of catalog.models.filter(({ kind }) => kind === 'chat')) {
      for (const [input, output] of [
        [1, 1],
        [777, 333],
        [250_001, 90_000],
      ] as const) {
        const exact = computeCost(model, used({ input_uncached: input, output })).cost_nano_usd;
        expect(estimateCost(model, input, output)).toBe(exact);
      }
    }
  });
});

describe('rounding', () => {
  it.each([
    [499, 0],
    [500, 1],
    [1_499, 1],
    [1_500, 2],
  ])('happens once per attempt, half-up: %d pico-USD are %d nano-USD', (pico, nano) => {
    expect(computeCost(priced(always({ input: 1 })), used({ input_uncached: pico })).cost_nano_usd).toBe(nano);
  });

  it('adds buckets before it rounds', () => {
    const model = priced(always({ input: 300, cache_read: 100, output: 100 }));
    expect(computeCost(model, used({ input_uncached: 1, cache_read: 1, output: 1 })).cost_nano_usd).toBe(1);
  });

  it('keeps quarters of a pico-USD until the end', () => {
    const model = priced(always({ input: 1_199, output: 0 }));
    expect(computeCost(model, used({ cache_write_5m: 1 })).cost_nano_usd).toBe(1);
    expect(computeCost(model, used({ cache_write_5m: 1, input_uncached: 0 })).assumed).toEqual(['cache_write_5m']);
  });

  it('is never off by more than half a nano-USD, for any model and usage', () => {
    let seed = 42;
    const upTo = (bound: number) => (seed = (seed * 48_271) % 2_147_483_647) % bound;
    for (let round = 0; round < 2_000; round++) {
      const model = catalog.models[upTo(catalog.models.length)];
      const prices = model && pricesOf(model, 0);
      if (!model || prices?.input === undefined || prices.output === undefined) continue;
      const usage = used({ input_uncached: upTo(4_000), output: upTo(9_000) });
      const exact =
        BigInt(usage.input_uncached) * BigInt(prices.input) +
        BigInt(usage.output) * BigInt(prices.output) +
        BigInt(prices.per_request ?? 0);
      const error = BigInt(computeCost(model, usage).cost_nano_usd ?? -1) * 1000n - exact;
      expect(error > -500n && error <= 500n).toBe(true);
    }
  });

  it('stays exact for huge attempts and refuses what no longer fits', () => {
    const model = priced(always({ input: 75_000_000, output: 0 }));
    expect(computeCost(model, used({ input_uncached: 100_000_000_001 })).cost_nano_usd).toBe(7_500_000_000_075_000);
    expect(() => computeCost(model, used({ input_uncached: 1_000_000_000_000 }))).toThrow(RangeError);
  });
});

describe('estimateCost', () => {
  it('is the cost of plain usage', () => {
    expect(estimateCost(record('openai', 'gpt-4o-mini'), 1_000, 500)).toBe(450_000);
  });

  it('is null where a price is unknown', () => {
    expect(estimateCost(priced(), 1_000, 500)).toBeNull();
  });
});
