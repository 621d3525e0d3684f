import { describe, expect, it } from '@jest/globals';
import { createCatalog } from './catalog.js';
import { catalog, catalogRevision, resolveModel } from './default-catalog.js';
import type { Resolution } from './catalog.js';
import type { ModelRecord } from './model.js';

function meaning(name: string): string[] {
  const resolution = resolveModel(name);
  return 'candidates' in resolution ? resolution.candidates.map(({ vendor, model }) => `${vendor}/${model}`) : [];
}

function noticeOf(resolution: Resolution): string | null {
  return 'notice' in resolution ? resolution.notice : null;
}

function anyRecord(): ModelRecord {
  const record = catalog.recordOf('openai', 'gpt-4o-mini');
  if (!record) throw new Error('gpt-4o-mini is not in the catalogue');
  return record;
}

describe('an explicit name', () => {
  it('splits at the first slash', () => {
    expect(resolveModel('openrouter/meta-llama/llama-3.3-70b-instruct')).toMatchObject({
      kind: 'explicit',
      vendor: 'openrouter',
      model: 'meta-llama/llama-3.3-70b-instruct',
      record: { id: 'openrouter/meta-llama/llama-3.3-70b-instruct' },
      notice: null,
    });
  });

  it('may be one the catalogue lacks: sent on, with a notice', () => {
    const resolution = resolveModel('openai/gpt-99');
    expect(resolution).toMatchObject({ kind: 'explicit', vendor: 'openai', model: 'gpt-99', record: null });
    expect(noticeOf(resolution)).toMatch(/price is unknown/);
  });

  it('is never replaced, not even when retired or also an alias', () => {
    expect(meaning('google/gemini-1.5-pro')).toEqual(['google/gemini-1.5-pro']);
    expect(meaning('anthropic/claude-opus')).toEqual(['anthropic/claude-opus']);
  });

  it('finds the record of a dated pin and keeps the pin', () => {
    expect(resolveModel('openai/gpt-4o-mini-2024-07-18')).toMatchObject({
      model: 'gpt-4o-mini-2024-07-18',
      record: { id: 'openai/gpt-4o-mini' },
    });
  });

  it('takes the own record of a pin that is priced otherwise', () => {
    expect(resolveModel('openai/gpt-4o-2024-05-13')).toMatchObject({
      record: { id: 'openai/gpt-4o-2024-05-13', prices: [{ base: { input: 5_000_000, output: 15_000_000 } }] },
    });
  });

  it('of an unknown vendor says so', () => {
    expect(resolveModel('nobody/gpt-4o')).toEqual({ kind: 'unknown-vendor', name: 'nobody/gpt-4o', vendor: 'nobody' });
    expect(resolveModel('/gpt-4o')).toMatchObject({ kind: 'unknown-vendor', vendor: '' });
  });

  it('without a model is unknown', () => {
    expect(resolveModel('openai/')).toEqual({ kind: 'unknown-model', name: 'openai/' });
  });
});

describe('a bare name', () => {
  it('leads to its maker first, then to hosts', () => {
    expect(meaning('gpt-4o')).toEqual(['openai/gpt-4o', 'azure/gpt-4o', 'openrouter/openai/gpt-4o']);
    expect(meaning('claude-sonnet-4-6')[0]).toBe('anthropic/claude-sonnet-4-6');
    expect(meaning('deepseek-v4-pro')[0]).toBe('deepseek/deepseek-v4-pro');
  });

  it('of open weights leads to every host, under the name each has for it', () => {
    expect(meaning('gpt-oss-120b')).toEqual(
      expect.arrayContaining(['groq/openai/gpt-oss-120b', 'cerebras/gpt-oss-120b', 'together/openai/gpt-oss-120b']),
    );
    expect(meaning('gpt-oss-120b')).not.toContain('openai/gpt-oss-120b');
  });

  it.each([
    ['gpt_4o', 'openai/gpt-4o'],
    ['GPT-4o', 'openai/gpt-4o'],
    ['GPT-5.4', 'openai/gpt-5.4'],
    ['claude-sonnet-4.5', 'anthropic/claude-sonnet-4-5'],
    ['Claude Opus 4.6', 'anthropic/claude-opus-4-6'],
    ['gpt-5-nano-2025-08-07', 'openai/gpt-5-nano-2025-08-07'],
  ])('may be spelled in its own way: %s', (name, first) => {
    expect(resolveModel(name)).toMatchObject({ kind: 'bare', notice: null });
    expect(meaning(name)[0]).toBe(first);
  });

  it('that nobody serves is unknown', () => {
    expect(resolveModel('gpt-99')).toEqual({ kind: 'unknown-model', name: 'gpt-99' });
    expect(resolveModel('auto').kind).toBe('unknown-model');
    expect(resolveModel('').kind).toBe('unknown-model');
  });

  it('has at most one candidate per vendor', () => {
    for (const { model } of catalog.models) {
      const resolution = resolveModel(model.slice(model.lastIndexOf('/') + 1));
      if (!('candidates' in resolution)) throw new Error(`${model} can not be asked for by its bare name`);
      const asked = resolution.candidates.map(({ vendor }) => vendor);
      if (resolution.kind === 'bare') expect(new Set(asked).size).toBe(asked.length);
    }
  });
});

describe('an alias', () => {
  it.each([
    ['claude-opus', 'anthropic/claude-opus-4-8', /short name/],
    ['claude_opus_4', 'anthropic/claude-opus-4-8', /short name/],
    ['claude-sonnet', 'anthropic/claude-sonnet-4-6', /short name/],
    ['gemini_pro', 'google/gemini-2.5-pro', /short name/],
    ['gemini-3-flash', 'google/gemini-3-flash-preview', /short name/],
    ['gemini-1.5-pro', 'google/gemini-2.5-pro', /retired/],
    ['groq-llama-3-70b', 'groq/llama-3.3-70b-versatile', /retired/],
    ['groq_llama', 'groq/llama-3.1-8b-instant', /short name/],
    ['llama_3_8b_awq', 'vllm/llama-3-8b-awq', /short name/],
    ['Llama-3-70B', 'groq/llama-3.3-70b-versatile', /short name/],
    ['qwen3.5', 'qwen/qwen3.5-plus', /short name/],
    ['deepseek-v4', 'deepseek/deepseek-v4-flash', /short name/],
    ['doubao-seed-2.0-pro', 'doubao/doubao-seed-2-0-pro-260215', /short name/],
  ])('%s means %s, and says so', (name, first, notice) => {
    const resolution = resolveModel(name);
    expect(resolution).toMatchObject({ kind: 'alias', notice: expect.stringMatching(notice) });
    expect(noticeOf(resolution)).toContain(name);
    expect(meaning(name)[0]).toBe(first);
  });

  it('has others to go to where others serve the model', () => {
    expect(meaning('llama_3_8b_awq')).toContain('groq/llama-3.1-8b-instant');
  });
});

describe('names the routing tables use', () => {
  it.each(
    `gpt-4o-mini gpt-4.1 o3 gemini-2.5-pro claude-opus claude-opus-4.6 gpt-5.5 gemini-1.5-pro gpt-4o claude-sonnet-4.5
     groq-llama-3-70b claude-sonnet-4-6 gemini-3-flash-preview gpt-5.4 qwen3.5 doubao-seed-2.0-pro deepseek-chat deepseek-v4
     llama-3-8b llama-3-70b mixtral-8x7b claude_opus_4 gpt_4o gemini_pro llama_3_8b_awq groq_llama`.split(/\s+/),
  )('%s has a record with a price, a quality and a context window', (name) => {
    const resolution = resolveModel(name);
    if (!('record' in resolution) || !resolution.record) throw new Error(`${name} has no record`);
    expect(resolution.record.prices.length).toBeGreaterThan(0);
    expect(resolution.record.quality).toBeGreaterThan(0);
    expect(resolution.record.context_window).toBeGreaterThan(0);
  });
});

describe('a catalogue', () => {
  it('has the same revision for the same data, and another for any other', () => {
    const record = anyRecord();
    const revision = createCatalog([record], []).revision;
    expect(createCatalog([{ ...record }], []).revision).toBe(revision);
    expect(createCatalog([{ ...record, context_window: 1 }], []).revision).not.toBe(revision);
    expect(createCatalog([record], [{ name: 'x', kind: 'short', to: [record.id] }]).revision).not.toBe(revision);
    expect(catalogRevision).toMatch(/^cat-[0-9a-f]{12}$/);
  });

  it('takes in a model at run time', () => {
    const added: ModelRecord = { ...anyRecord(), id: 'custom/house-model', vendor: 'custom', model: 'house-model' };
    const wider = createCatalog([...catalog.models, added], catalog.aliases);
    expect(wider.resolve('house-model')).toMatchObject({ kind: 'bare', vendor: 'custom' });
    expect(wider.modelsOf('custom')).toEqual([added]);
  });

  it('refuses duplicates and aliases that lead nowhere', () => {
    const record = anyRecord();
    expect(() => createCatalog([record, { ...record }], [])).toThrow(/twice/);
    expect(() => createCatalog([record], [{ name: 'x', kind: 'short', to: ['openai/none'] }])).toThrow(/does not have/);
    const alias = { kind: 'short' as const, to: [record.id] };
    expect(() =>
      createCatalog(
        [record],
        [
          { name: 'x_1', ...alias },
          { name: 'X-1', ...alias },
        ],
      ),
    ).toThrow(/twice/);
  });

  it('can not be changed', () => {
    const [period] = anyRecord().prices;
    expect(Object.isFrozen(catalog.models)).toBe(true);
    expect(Object.isFrozen(period?.base)).toBe(true);
  });
});
