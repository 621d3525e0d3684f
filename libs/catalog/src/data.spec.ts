import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { catalog } from './default-catalog.js';
import { qualityFor } from './quality.js';
import { vendorById, vendors } from './vendors.js';
import type { PriceBuckets } from './model.js';

function prices(): [string, number][] {
  const all = (id: string, buckets: PriceBuckets) =>
    Object.entries(buckets).map(([bucket, price]): [string, number] => [`${id} ${bucket}`, price]);
  return catalog.models.flatMap(({ id, prices: periods }) =>
    periods.flatMap(({ base, tiers }) => [...all(id, base), ...tiers.flatMap((tier) => all(id, tier.prices))]),
  );
}

describe('the data that ships', () => {
  it('has a good number of models of every vendor whose models are known', () => {
    const without = vendors.filter(({ id }) => catalog.modelsOf(id).length === 0).map(({ id }) => id);
    expect(without).toEqual(['ollama', 'custom']);
    expect(catalog.models.length).toBeGreaterThan(700);
  });

  it('has no id twice, and each id is vendor/model', () => {
    expect(new Set(catalog.models.map(({ id }) => id)).size).toBe(catalog.models.length);
    for (const { id, vendor, model } of catalog.models) expect(id).toBe(`${vendor}/${model}`);
  });

  it('has only prices that are safe integers', () => {
    const broken = prices().filter(([, price]) => !Number.isSafeInteger(price) || price < 0);
    expect(broken).toEqual([]);
    expect(prices().length).toBeGreaterThan(2_000);
  });

  it('has no price over a thousand dollars per million tokens: a unit would be wrong', () => {
    const perToken = prices().filter(([name]) => !/ per_/.test(name) || name.endsWith(' per_character'));
    expect(perToken.filter(([, price]) => price > 1_000_000_000)).toEqual([]);
  });

  it('has periods and tiers in ascending order', () => {
    for (const { prices: periods } of catalog.models) {
      const starts = periods.map(({ from }) => from ?? '');
      expect(starts).toEqual([...starts].sort());
      for (const { tiers } of periods) {
        const bounds = tiers.map(({ over_tokens }) => over_tokens);
        expect(bounds).toEqual([...bounds].sort((a, b) => a - b));
      }
    }
  });

  it('has a source and a date behind every price', () => {
    const unsourced = catalog.models.filter((m) => m.prices.length > 0 && (!m.price_source || !m.price_date));
    expect(unsourced.map(({ id }) => id)).toEqual([]);
  });

  it('keeps quality between 0 and 10 and never uses 0 for unknown', () => {
    for (const { quality, quality_by_task } of catalog.models) {
      for (const score of [quality, ...Object.values(quality_by_task)]) {
        if (score !== null) expect(score > 0 && score <= 10).toBe(true);
      }
    }
  });

  it('has a source and a date behind every score', () => {
    for (const { quality_evidence } of catalog.models) {
      for (const { source, date } of quality_evidence) {
        expect(source).not.toBe('');
        expect(date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
      }
    }
  });

  it('tells unknown from no', () => {
    const known = catalog.recordOf('deepseek', 'deepseek-v4-flash')?.capabilities;
    expect(known).toMatchObject({ tools: true, vision: false });
    expect(catalog.recordOf('anthropic', 'claude-opus-5')?.capabilities.vision).toBeNull();
  });

  it('names the models that chat completions do not serve', () => {
    expect(catalog.recordOf('openai', 'gpt-5.4-pro')?.capabilities.chat_completions).toBe(false);
    expect(catalog.recordOf('openai', 'gpt-5.4')?.capabilities.chat_completions).toBe(true);
    expect(catalog.recordOf('openai', 'text-embedding-3-small')?.capabilities.chat_completions).toBeNull();
  });

  it('keeps the rate by which a foreign price was converted', () => {
    const doubao = catalog.recordOf('doubao', 'doubao-seed-2-0-pro-260215');
    expect(doubao?.exchange).toMatchObject({ currency: 'CNY', per_usd: '6.975' });
    expect(doubao?.prices[0]?.base).toEqual({ input: 458_781, output: 2_293_907 });
  });

  it('has active chat models with price and quality at every vendor that can be routed to out of the box', () => {
    const routable = vendors.filter(({ adapter, defaultBaseUrl, id }) => adapter && defaultBaseUrl && id !== 'ollama');
    const poor = routable.filter(
      ({ id }) =>
        !catalog
          .modelsOf(id)
          .some((m) => m.kind === 'chat' && m.status === 'active' && m.quality !== null && m.prices.length > 0),
    );
    expect(poor.map(({ id }) => id)).toEqual([]);
  });

  it('stays small', () => {
    const bytes = readFileSync(new URL('../data/models.json', import.meta.url)).byteLength;
    expect(bytes).toBeLessThan(600_000);
  });
});

describe('what a model is for', () => {
  it.each([
    ['chat', 'openai/gpt-5.4'],
    ['embedding', 'openai/text-embedding-3-small'],
    ['transcription', 'openai/whisper-1'],
    ['transcription', 'groq/whisper-large-v3-turbo'],
    ['speech', 'openai/tts-1'],
    ['moderation', 'openai/omni-moderation-latest'],
    ['rerank', 'cohere/rerank-v3.5'],
    ['image', 'openai/gpt-image-1'],
  ])('%s: %s', (kind, id) => {
    const record = catalog.models.find((model) => model.id === id);
    expect(record?.kind).toBe(kind);
    expect(record?.prices.length).toBeGreaterThan(0);
  });
});

/** What the documents behind this project state, per million tokens; where price lists say otherwise, price lists hold. */
describe("the documents' models", () => {
  it.each<[name: string, input: number, output: number, asStated: boolean]>([
    ['gpt-4o-mini', 0.15, 0.6, true],
    ['gpt-4.1', 2, 8, true],
    ['o3', 2, 8, true],
    ['gemini-2.5-pro', 2.5, 10, false],
    ['claude-opus', 18.75, 75, false],
    ['deepseek-chat', 0.15, 0.6, false],
    ['gpt-5.4', 3.5, 14, false],
    ['claude-sonnet-4-6', 4, 18, false],
    ['gemini-3-flash', 0.1, 0.4, false],
    ['qwen3.5', 0.57, 1.72, false],
    ['deepseek-v4', 0.14, 0.29, false],
  ])('%s is priced; %d in and %d out as stated: %p', (name, input, output, asStated) => {
    const resolution = catalog.resolve(name);
    if (!('record' in resolution)) throw new Error(`${name} is unknown`);
    const base = resolution.record?.prices.at(-1)?.base;
    expect(base?.input).toBeGreaterThan(0);
    expect(base?.input === input * 1_000_000 && base.output === output * 1_000_000).toBe(asStated);
  });
});

describe('prices in the currency of the vendor', () => {
  it('are kept per thousand or million tokens, converted at a dated rate', () => {
    expect(catalog.recordOf('deepseek', 'deepseek-v4-flash')?.price_lists['CNY']).toMatchObject({
      exchange: { currency: 'CNY', per_usd: '6.975', date: '2026-07-02' },
      stated: [{ base: { input: 1_000_000, cache_read: 20_000, output: 2_000_000 } }],
    });
    expect(catalog.recordOf('qwen', 'qwen3.5-plus')?.price_lists['CNY']?.stated[0]?.base).toEqual({
      input: 4_000_000,
      output: 24_000_000,
    });
  });
});

describe('the batch discount', () => {
  it('is known with its first day and evidence where jobs use a batch API', () => {
    for (const [vendor, model] of [
      ['openai', 'gpt-5.4'],
      ['anthropic', 'claude-sonnet-4-6'],
      ['google', 'gemini-2.5-flash'],
      ['mistral', 'mistral-small-2603'],
      ['groq', 'llama-3.3-70b-versatile'],
    ] as const) {
      expect(catalog.recordOf(vendor, model)?.batch).toMatchObject({ percent_off: 50, from: expect.any(String) });
    }
    expect(catalog.recordOf('groq', 'qwen/qwen3-32b')?.batch).toBeNull();
    expect(catalog.recordOf('openai', 'whisper-1')?.batch).toBeNull();
    expect(catalog.recordOf('deepseek', 'deepseek-v4-flash')?.batch).toBeNull();
  });
});

describe('the channel', () => {
  it('is direct, or through a reseller', () => {
    expect(catalog.recordOf('openai', 'gpt-4o')?.channel).toEqual({ kind: 'direct', price_factor: '1' });
    expect(catalog.recordOf('azure', 'gpt-4o')?.channel).toMatchObject({ kind: 'reseller' });
  });
});

describe('quality', () => {
  it('says of each figure whether it was measured or estimated', () => {
    for (const { quality_evidence } of catalog.models) {
      for (const { basis, benchmark, measured, task } of quality_evidence) {
        expect(basis).toBe(task === 'overall' ? 'estimated' : 'measured');
        expect(benchmark === null).toBe(basis === 'estimated');
        expect(measured === null).toBe(basis === 'estimated');
      }
    }
  });
});

describe('quality for a task', () => {
  it('is the measured one, else the overall one, else unknown', () => {
    const gpt4o = catalog.recordOf('openai', 'gpt-4o');
    if (!gpt4o) throw new Error('gpt-4o is not in the catalogue');
    expect(qualityFor(gpt4o, 'coding')).toBe(5.8);
    expect(qualityFor(gpt4o, 'translation')).toBe(7.4);
    expect(qualityFor({ ...gpt4o, quality: null, quality_by_task: {} }, 'coding')).toBeNull();
  });

  it('goes with the model, whoever serves it', () => {
    const scores = ['groq/openai/gpt-oss-120b', 'cerebras/gpt-oss-120b'].map(
      (id) => catalog.models.find((m) => m.id === id)?.quality,
    );
    expect(scores).toEqual([8, 8]);
    expect(vendorById('groq').role).toBe('host');
  });
});
