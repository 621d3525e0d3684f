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
    const perToken = prices().filter(([name]) => !name.endsWith('per_request'));
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
