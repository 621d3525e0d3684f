import { describe, expect, it } from '@jest/globals';
import { noUsage } from '@skein/contracts/attempt';
import { catalogAdditions } from '@skein/contracts/router';
import { catalog } from './default-catalog.js';
import { extendCatalog } from './extend-catalog.js';
import { complies, servesRegion } from './vendor-terms.js';
import type { z } from 'zod';
import type { Catalog } from './catalog.js';

type Additions = z.input<typeof catalogAdditions>;

function extended(additions: Additions): Catalog {
  const extension = extendCatalog(catalog, catalogAdditions.parse(additions));
  if ('problems' in extension) throw new Error(JSON.stringify(extension.problems));
  return extension.catalog;
}

function problemsOf(additions: Additions): readonly string[] {
  const extension = extendCatalog(catalog, catalogAdditions.parse(additions));
  return 'problems' in extension ? extension.problems.map(({ path, message }) => `${path}: ${message}`) : [];
}

const million = { ...noUsage, input_uncached: 1_000_000, output: 1_000_000 };

describe('a model added at run time', () => {
  it('is known by its id and its bare name, and priced', () => {
    const wider = extended({
      models: [
        { id: 'custom/house-1', context_window: 32_000, can: ['tools'], prices: [{ input: '0.5', output: '1.5' }] },
      ],
    });
    expect(wider.resolve('house-1')).toMatchObject({ kind: 'bare', vendor: 'custom', notice: null });
    const record = wider.recordOf('custom', 'house-1');
    expect(record).toMatchObject({
      context_window: 32_000,
      capabilities: { tools: true, vision: null },
      quality: null,
    });
    expect(wider.costOfAttempt(record, million).cost_nano_usd).toBe(2_000_000_000);
    expect(wider.revision).not.toBe(catalog.revision);
    expect(catalog.recordOf('custom', 'house-1')).toBeNull();
  });

  it('takes from the model it is like what it does not say, but not who serves it and on whose terms', () => {
    const record = extended({ models: [{ id: 'custom/ours', like: 'openai/gpt-4o-mini', quality: 6.5 }] }).recordOf(
      'custom',
      'ours',
    );
    const like = catalog.recordOf('openai', 'gpt-4o-mini');
    expect(record).toMatchObject({ quality: 6.5, context_window: like?.context_window, prices: like?.prices });
    expect(record).toMatchObject({ compliance: [], batch: null, pin: null, served_as: [] });
  });

  it('may be one the release knows: a negotiated price replaces its own', () => {
    const cheaper = extended({
      models: [{ id: 'openai/gpt-4o-mini', prices: [{ input: '0.10', output: '0.40' }] }],
      channels: { openai: { kind: 'direct', price_factor: '0.5' } },
    });
    const record = cheaper.recordOf('openai', 'gpt-4o-mini');
    expect(cheaper.costOfAttempt(record, million).cost_nano_usd).toBe(500_000_000);
    expect(record).toMatchObject({ price_source: 'the operator', capabilities: { tools: true } });
  });

  it('has a history of prices', () => {
    const wider = extended({
      models: [
        {
          id: 'custom/h',
          prices: [
            { input: '2', output: '2' },
            { from: '2026-10-01', input: '1', output: '1' },
          ],
        },
      ],
    });
    const cost = (day: string) => wider.costOfAttempt(wider.recordOf('custom', 'h'), million, day).cost_nano_usd;
    expect([cost('2026-09-30'), cost('2026-10-01')]).toEqual([4_000_000_000, 2_000_000_000]);
  });

  it('is priced in a currency and unit of its own, and the cost says by which rate', () => {
    const wider = extended({
      models: [{ id: 'doubao/x', prices: [{ currency: 'CNY', per: 'thousand', input: '0.004', output: '0.012' }] }],
    });
    expect(wider.costOfAttempt(wider.recordOf('doubao', 'x'), million)).toMatchObject({
      cost_nano_usd: 2_293_907_000,
      exchange: { currency: 'CNY', per_usd: '6.975', date: '2026-07-02' },
    });
  });
});

describe('an operator', () => {
  it('through a reseller pays a share of the list price, rounded once a price', () => {
    const record = extended({ channels: { openai: { kind: 'reseller', price_factor: '0.7' } } }).recordOf(
      'openai',
      'gpt-4o-mini',
    );
    expect(record?.prices.at(-1)?.base).toMatchObject({ input: 105_000, output: 420_000 });
    expect(record?.channel).toEqual({ kind: 'reseller', price_factor: '0.7' });
  });

  it('who is billed in yuan is charged by the yuan list, at his own rate where he has one', () => {
    const yuan = (currencies: Additions['currencies']) =>
      extended({ bills_in: { deepseek: 'CNY' }, ...(currencies && { currencies }) });
    const cost = (wider: Catalog) => wider.costOfAttempt(wider.recordOf('deepseek', 'deepseek-v4-flash'), million);
    expect(cost(yuan(undefined))).toMatchObject({ cost_nano_usd: 430_107_000, exchange: { per_usd: '6.975' } });
    expect(cost(yuan({ CNY: { per_usd: '6', date: '2026-11-01', source: 'our bank' } }))).toMatchObject({
      cost_nano_usd: 500_000_000,
      exchange: { per_usd: '6', date: '2026-11-01', source: 'our bank' },
    });
  });

  it('who has an agreement satisfies what it is needed for, and says where his deployments run', () => {
    const ours = extended({ agreements: { openai: ['HIPAA'] }, regions: { azure: ['eu-west'] } });
    const openai = ours.termsOf('openai', ours.recordOf('openai', 'gpt-4o'));
    expect([complies(openai, 'HIPAA'), complies(openai, 'zero_retention')]).toEqual([true, false]);
    expect(complies(ours.termsOf('openai', null), 'HIPAA')).toBe(true);
    expect(servesRegion(ours.termsOf('azure', ours.recordOf('azure', 'gpt-4o')), 'eu')).toBe(true);
    expect(servesRegion(ours.termsOf('azure', null), 'eu')).toBe(true);
  });
});

describe('additions that lead nowhere', () => {
  it.each<[string, Additions, RegExp]>([
    ['an unknown vendor', { models: [{ id: 'nobody/x' }] }, /catalog\.models\.0\.id: unknown vendor "nobody"/],
    ['a model stated twice', { models: [{ id: 'custom/x' }, { id: 'custom/x' }] }, /models\.1\.id.*twice/],
    ['an unknown likeness', { models: [{ id: 'custom/x', like: 'openai/none' }] }, /models\.0\.like/],
    ['an unknown capability', { models: [{ id: 'custom/x', can: ['fly'] }] }, /models\.0\.can: "fly"/],
    ['an unknown task', { models: [{ id: 'custom/x', quality_by_task: { dance: 5 } }] }, /quality_by_task\.dance/],
    ['a currency without a rate', { models: [{ id: 'custom/x', prices: [{ currency: 'EUR', input: '1' }] }] }, /EUR/],
    [
      'prices out of order',
      {
        models: [
          {
            id: 'custom/x',
            prices: [
              { from: '2026-02-01', input: '1' },
              { from: '2026-01-01', input: '1' },
            ],
          },
        ],
      },
      /ascend/,
    ],
    ['a channel of nobody', { channels: { nobody: { kind: 'reseller', price_factor: '0.7' } } }, /channels\.nobody/],
    ['a free channel', { channels: { openai: { kind: 'reseller', price_factor: '0' } } }, /over 0/],
    ['a bill in a currency without a list', { bills_in: { openai: 'CNY' } }, /bills_in\.openai/],
  ])('are refused with their path: %s', (_, additions, message) => {
    expect(problemsOf(additions).join('\n')).toMatch(message);
  });
});

describe('nothing added', () => {
  it('changes no record', () => {
    expect(extended({}).models).toEqual(catalog.models);
  });
});
