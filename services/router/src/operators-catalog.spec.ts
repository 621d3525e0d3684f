import { describe, expect, it } from '@jest/globals';
import { catalog } from '@skein/catalog';
import { policyDocument } from '@skein/contracts/router';
import { ask, world } from '../test/small-world.js';
import { compilePolicy } from './compile-policy.js';
import { decideRoute } from './decide-route.js';
import { keepPins } from './operators-catalog.js';
import { revisionOf } from './read-policy.js';

const evidence = { evidence: 'https://example.com/report', date: '2026-11-01' };

/** A model of ours in Europe, and an agreement with a vendor that takes one. */
const additions = {
  models: [
    {
      id: 'custom/house',
      like: 'openai/small',
      regions: ['eu-west-1'],
      compliance: [{ tag: 'HIPAA' as const, ...evidence }],
      prices: [{ input: '0.5', output: '1' }],
    },
  ],
};

const withHouse = world({
  policy: { catalog: additions, default: ['openai/small', 'custom/house'] },
  fleet: { openai: 'live', custom: 'live' },
});

describe('a model added by the policy', () => {
  it('is routed to, at its own price', () => {
    const plan = decideRoute(ask({ metadata: { strategy: 'cost_first' } }), withHouse);
    expect(plan.candidates[0]).toMatchObject({ vendor: 'custom', model: 'house' });
    expect(plan.candidates[0]?.expected.cost_nano_usd).toBeLessThan(plan.candidates[1]?.expected.cost_nano_usd ?? 0);
  });

  it('is known by its bare name', () => {
    expect(decideRoute(ask({ model: 'house' }), withHouse).candidates[0]).toMatchObject({ vendor: 'custom' });
  });

  it('that leads nowhere is a problem of the document, with its path', () => {
    const policy = policyDocument.parse({
      default: ['openai/gpt-4o'],
      catalog: { models: [{ id: 'custom/x', like: 'openai/none' }] },
    });
    const { compiled, problems } = compilePolicy({ revision: 'r', policy }, catalog);
    expect(compiled).toBeNull();
    expect(problems).toContainEqual(
      expect.objectContaining({ path: 'catalog.models.0.like', severity: 'error', message: expect.any(String) }),
    );
  });
});

describe('the model that names unsure tasks', () => {
  it('must be one that there is', () => {
    const policy = policyDocument.parse({ default: ['openai/gpt-4o'], unsure_tasks: { model: 'gpt-nowhere' } });
    const { compiled, problems } = compilePolicy({ revision: 'r', policy }, catalog);
    expect(compiled).toBeNull();
    expect(problems).toContainEqual(expect.objectContaining({ path: 'unsure_tasks.model', severity: 'error' }));
  });
});

describe('demands', () => {
  it('for compliance are met by evidence, and keep out whoever has none', () => {
    const plan = decideRoute(ask({ metadata: { compliance: ['HIPAA'] } }), withHouse);
    expect(plan.candidates.map(({ vendor }) => vendor)).toEqual(['custom']);
    expect(plan.excluded).toContainEqual({ vendor: 'openai', model: 'small', rule: 'compliance.HIPAA' });
  });

  it('for a region are met by what lies in it', () => {
    const plan = decideRoute(ask({ metadata: { region: 'eu' } }), withHouse);
    expect(plan.candidates.map(({ vendor }) => vendor)).toEqual(['custom']);
    expect(() => decideRoute(ask({ metadata: { region: 'us' } }), withHouse)).toThrow(/region/);
  });

  it('of the policy hold for every request, and its region unless the caller names another', () => {
    const strict = world({
      policy: { catalog: additions, default: ['openai/small', 'custom/house'], compliance: ['HIPAA'], region: 'eu' },
      fleet: { openai: 'live', custom: 'live' },
    });
    expect(decideRoute(ask({}), strict).candidates.map(({ vendor }) => vendor)).toEqual(['custom']);
    expect(() => decideRoute(ask({ metadata: { region: 'us' } }), strict)).toThrow(/region/);
  });
});

describe('floating names', () => {
  const stated = (text: object) =>
    keepPins(revisionOf(policyDocument.parse({ default: ['mistral/mistral-large-latest'], ...text })), catalog);

  const sentAs = (text: object, name: string) => {
    const { compiled } = compilePolicy(stated(text), catalog);
    const [record] = catalog.models.filter(({ id }) => id === name);
    if (!compiled || !record) throw new Error('no policy, or no model');
    return compiled.pinned({ vendor: record.vendor, model: record.model, record }).model;
  };

  it('are kept as what they mean by the revision that lists them', () => {
    const revision = stated({});
    expect(revision.policy.pins).toMatchObject({ 'mistral/mistral-large-latest': 'mistral-large-2512' });
    expect(keepPins(revision, catalog)).toBe(revision);
    expect(stated({}).revision).toBe(revision.revision);
    const { compiled } = compilePolicy(revision, catalog);
    expect(compiled?.defaults.listed[0]?.deployment.id).toBe('mistral/mistral-large-2512');
  });

  it('are those that say latest, unless the policy says all or none', () => {
    expect(sentAs({}, 'openai/gpt-4o')).toBe('gpt-4o');
    expect(sentAs({ pin: 'all' }, 'openai/gpt-4o')).toBe('gpt-4o-2024-08-06');
    expect(sentAs({ pin: 'off' }, 'mistral/mistral-large-latest')).toBe('mistral-large-latest');
  });

  it('mean what the operator says, where he says it', () => {
    const pins = { 'openai/gpt-4o': 'gpt-4o-2024-11-20' };
    expect(sentAs({ pin: 'all', pins }, 'openai/gpt-4o')).toBe('gpt-4o-2024-11-20');
  });
});
