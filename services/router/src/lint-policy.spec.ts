import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { catalog } from '@skein/catalog';
import { parse, stringify } from 'yaml';
import { diffPolicies } from './diff-policy.js';
import { lintText } from './lint-policy.js';
import { policyJsonSchema } from './policy-schema.js';
import { presetNames, presets } from './presets.js';

const said = (yaml: string): string[] =>
  lintText(yaml, catalog).problems.map(({ severity, path, message }) => `${severity} ${path}: ${message}`);

/** As the production guide writes it. */
const twoModels = `
models:
  primary: { name: claude_opus_4, provider: anthropic, priority: 1, fallback: [gpt_4o, gemini_pro] }
  fast: { name: llama_3_8b_awq, provider: openai, priority: 3, fallback: [groq_llama] }
`;

describe('linting a policy', () => {
  it.each<[string, string, string]>([
    ['a name that leads nowhere', 'default: [gpt-99]', 'error default.0: "gpt-99" is in no catalogue'],
    ['an unknown vendor in a list', 'default: [nobody/x]', 'error default.0: "nobody/x" names an unknown vendor'],
    ['an unknown vendor in a wall', 'default: [openai/gpt-4o]\nvendors: { deny: [opnai] }', 'error vendors.deny.0'],
    ['nothing to choose from', 'name: empty', 'error default: a policy needs'],
    [
      'a list that a wall empties',
      'default: [openai/gpt-4o]\nvendors: { deny: [openai] }',
      'error default: every model',
    ],
    [
      'a chain that a wall empties',
      'default: [openai/gpt-4o]\nvendors: { deny: [groq] }\nchains: { openai/gpt-4o: [groq/llama-3.1-8b-instant] }',
      'error chains.openai/gpt-4o: every model of it is kept out by vendors.deny',
    ],
    [
      'a chain to itself',
      'default: [openai/gpt-4o]\nchains: { openai/gpt-4o: [openai/gpt-4o] }',
      'error chains.openai/gpt-4o: leads to nothing',
    ],
    [
      'a tier rule that never holds',
      'default: [openai/gpt-4o]\ntiers: { rules: [{ tier: simple, over_tokens: 10, under_tokens: 5 }] }',
      'error tiers.rules.0: its bounds contradict',
    ],
    [
      'a tier rule nobody reaches',
      'default: [openai/gpt-4o]\ntiers: { rules: [{ tier: simple, under_tokens: 50 }, { tier: standard, under_tokens: 20 }] }',
      'warning tiers.rules.1: is never reached: rule 0',
    ],
    [
      'a binding nobody reaches',
      'default: [openai/gpt-4o]\nbindings: [{ who: { tenant: a }, models: [openai/gpt-4o] }, { who: { tenant: a, user: b }, models: [openai/o3] }]',
      'warning bindings.1: is never reached: bindings.0',
    ],
    ['an alias for auto', 'default: [openai/gpt-4o]\naliases: { auto: [openai/o3] }', 'error aliases.auto'],
    [
      'a weight of no member',
      'default: [openai/gpt-4o]\npools: { p: { models: [openai/gpt-4o, azure/gpt-4o], weights: { openai/o3: 2 } } }',
      'error pools.p.weights.openai/o3: is not in the pool',
    ],
    [
      'steps that fall',
      'default: [openai/gpt-4o]\nrollouts: [{ name: r, kind: canary, to: openai/o3, steps: [50, 10] }]',
      'error rollouts.0.steps: must rise',
    ],
    [
      'arms over the whole',
      'default: [openai/gpt-4o]\nrollouts: [{ name: r, kind: ab, arms: [{ name: a, to: openai/o3, percent: 70 }, { name: b, to: openai/gpt-4.1, percent: 40 }] }]',
      'error rollouts.0.arms: the arms take 110 %',
    ],
    [
      'a canary for a model nobody lists',
      'default: [openai/gpt-4o]\nrollouts: [{ name: r, kind: canary, of: openai/o3, to: openai/gpt-4.1 }]',
      'warning rollouts.0.of',
    ],
    [
      'a budget no default model keeps',
      'default: [openai/o3]\nbudgets: { max_request_usd: "0.00001" }',
      'warning budgets.max_request_usd',
    ],
    ['an unknown field', 'default: [openai/gpt-4o]\nstratgy: balanced', 'error stratgy: is not a field of a policy'],
    [
      'a rule for nobody',
      'default: [openai/gpt-4o]\nbindings: [{ who: {}, models: [openai/o3] }]',
      'error bindings.0.who',
    ],
  ])('finds %s', (_what, yaml, expected) => {
    expect(said(yaml).some((line) => line.startsWith(expected))).toBe(true);
  });

  it('finds nothing wrong with a plain policy', () => {
    expect(said('default: [openai/gpt-4o, anthropic/claude-haiku-4-5]')).toEqual([]);
  });
});

describe('the two-model configuration', () => {
  it('loads as it stands: models by priority with their fallbacks, the provider of open weights taken for a protocol', () => {
    const { compiled, problems } = lintText(twoModels, catalog);
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    const ids = compiled?.defaults.listed.map(({ deployment }) => deployment.id);
    expect(ids?.slice(0, 3)).toEqual(['anthropic/claude-opus-4-8', 'openai/gpt-4o', 'azure/gpt-4o']);
    expect(ids).toEqual(
      expect.arrayContaining(['google/gemini-2.5-pro', 'vllm/llama-3-8b-awq', 'groq/llama-3.1-8b-instant']),
    );
    expect(compiled?.byTier.get('simple')?.listed[0]?.deployment.id).toBe('vllm/llama-3-8b-awq');
    expect(compiled?.aliases.get('primary')?.[0]?.deployment.id).toBe('anthropic/claude-opus-4-8');
  });
});

describe('the presets', () => {
  it.each(presetNames)(
    '%s can be applied, and comes back from YAML as it was, with what its floating names mean now',
    (name) => {
      const { policy } = presets[name];
      const { revision, problems } = lintText(stringify(policy), catalog);
      expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
      const changes = diffPolicies(policy, revision?.policy ?? policy);
      expect(revision).not.toBeNull();
      expect(changes.filter(({ path }) => !path.startsWith('pins'))).toEqual([]);
    },
  );

  it('name no model that the catalogue lacks a price or a quality of', () => {
    for (const name of presetNames) {
      const { compiled } = lintText(stringify(presets[name].policy), catalog);
      const unknown = [...(compiled?.listed.values() ?? [])].filter(
        ({ record }) => record === null || record.prices.length === 0 || record.quality === null,
      );
      expect({ name, unknown: unknown.map(({ id }) => id) }).toEqual({ name, unknown: [] });
    }
  });

  it('starter asks one model, under a cent a request', () => {
    expect(presets.starter.policy).toMatchObject({
      default: ['openai/gpt-4o-mini'],
      budgets: { max_request_usd: '0.01', over: 'downgrade' },
    });
  });
});

describe('the schema for editors', () => {
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(policyJsonSchema());

  it('takes every preset and the two-model configuration, and refuses what the product refuses', () => {
    for (const name of presetNames)
      expect({ name, valid: validate(presets[name].policy) }).toEqual({ name, valid: true });
    expect(validate(parse(twoModels))).toBe(true);
    expect(validate({ default: ['x'], stratgy: 'balanced' })).toBe(false);
    expect(validate({ default: ['x'], strategy: 'cheapest' })).toBe(false);
  });

  it('is published beside the room as it is', () => {
    const published = JSON.parse(readFileSync(new URL('../policy.schema.json', import.meta.url), 'utf8')) as unknown;
    expect(published).toEqual(JSON.parse(JSON.stringify(policyJsonSchema())));
  });
});

describe('comparing policies', () => {
  it('names each field that differs, lists as one', () => {
    const { policy } = presets.starter;
    const other = { ...policy, default: ['openai/gpt-4o'], budgets: { ...policy.budgets, over: 'refuse' as const } };
    expect(diffPolicies(policy, other)).toEqual([
      { path: 'budgets.over', before: '"downgrade"', after: '"refuse"' },
      { path: 'default', before: '["openai/gpt-4o-mini"]', after: '["openai/gpt-4o"]' },
    ]);
    expect(diffPolicies(policy, policy)).toEqual([]);
  });
});
