import { describe, expect, it } from '@jest/globals';
import type { Strategy } from '@skein/contracts/gateway';
import { chain, plan, refusal, rulesAgainst } from '../test/planned.js';
import type { Asked, World } from '../test/small-world.js';

const list = ['openai/big', 'anthropic/fine', 'openai/small', 'deepseek/cheap'];

describe('bindings', () => {
  const bindings = [
    { who: { tenant: 'acme', agent: 'support' }, models: ['deepseek/cheap'] },
    { who: { user: 'ann' }, models: ['anthropic/fine', 'openai/small'] },
    { who: { key: 'k-ci' }, models: ['openai/small'] },
  ];
  const sketch: World = { policy: { default: list, bindings } };

  it.each<[string, Asked, string[]]>([
    ['an agent, by its tag', { metadata: { tags: ['agent:support'] } }, ['deepseek/cheap']],
    ['a user', { metadata: { user: 'ann' } }, ['anthropic/fine', 'openai/small']],
    ['a key', { key_id: 'k-ci' }, ['openai/small']],
    ['nobody else', { metadata: { user: 'bob' } }, list],
  ])('give %s just their models', (_who, asked, models) => {
    expect(chain(asked, sketch)).toEqual(models);
  });

  it('are walls: not even a name gets past them, and the error says which', () => {
    const error = refusal({ model: 'openai/big', metadata: { user: 'ann' } }, sketch);
    expect(error).toMatchObject({ code: 'no_admissible_model', message: expect.stringContaining('bindings.1') });
  });
});

describe('preferences', () => {
  const preferences = [
    { who: { user: 'ann' }, models: ['xai/unpriced', 'deepseek/cheap'] },
    { who: { tenant: 'acme' }, models: ['google/thinker'] },
  ];
  const sketch = (policy: World['policy'] = {}): World => ({
    policy: { default: list, preferences, max_candidates: 10, ...policy },
  });

  it.each<Strategy>(['quality_first', 'cost_first', 'balanced', 'latency_first', 'custom'])(
    'lead the list under %s, those of the user before those of the tenant, and remove nothing',
    (strategy) => {
      const found = chain({ metadata: { user: 'ann', strategy } }, sketch());
      expect(found.slice(0, 3)).toEqual(['xai/unpriced', 'deepseek/cheap', 'google/thinker']);
      expect([...found].sort()).toEqual([...list, 'google/thinker', 'xai/unpriced'].sort());
    },
  );

  it('do not get past walls', () => {
    const found = sketch({ vendors: { deny: ['xai'] } });
    expect(chain({ metadata: { user: 'ann' } }, found)[0]).toBe('deepseek/cheap');
    expect(rulesAgainst({ metadata: { user: 'ann' } }, found)).toMatchObject({ 'xai/unpriced': 'vendors.deny' });
  });
});

describe('tiers', () => {
  const models = { simple: ['deepseek/cheap'], reasoning: ['openai/big'], 'long-context': ['google/thinker'] };
  const lead = (tokens: number, table: 'by_size' | 'by_turns' | 'by_words', rest: Asked['features'] = {}) => {
    const found = plan({ features: { tokens, ...rest } }, { policy: { tiers: { table, models }, tasks: {} } });
    return [found.tier, `${found.candidates[0]?.vendor}/${found.candidates[0]?.model}`];
  };

  it.each([
    ['by_size', 3_999, 'simple', 'deepseek/cheap'],
    ['by_size', 4_000, 'standard', 'openai/small'],
    ['by_size', 8_000, 'standard', 'openai/small'],
    ['by_size', 8_001, 'reasoning', 'openai/big'],
    ['by_size', 50_001, 'long-context', 'google/thinker'],
    ['by_turns', 49, 'simple', 'deepseek/cheap'],
    ['by_turns', 50, 'standard', 'openai/small'],
    ['by_turns', 50_001, 'long-context', 'google/thinker'],
    ['by_words', 1_331, 'reasoning', 'openai/big'],
    ['by_words', 1_330, 'standard', 'openai/small'],
  ] as const)('by the table %s, %i tokens are %s', (table, tokens, tier, first) => {
    expect(lead(tokens, table)).toEqual([tier, first]);
  });

  it('look at turns and tasks too', () => {
    expect(lead(49, 'by_turns', { turns: 10 })[0]).toBe('standard');
    expect(lead(49, 'by_turns', { turns: 51 })[0]).toBe('long-context');
    expect(lead(300, 'by_turns', { task: 'code' })[0]).toBe('long-context');
    expect(lead(100, 'by_words', { task: 'extraction' })[0]).toBe('simple');
    expect(lead(100, 'by_words', { declared: 'reasoning', task: 'math_reasoning' })[0]).toBe('reasoning');
  });

  it('follow the policy’s own rules first, by the score too', () => {
    const rules = [{ tier: 'reasoning' as const, over_score: 0.6 }];
    const sketch: World = { policy: { tiers: { rules, models }, tasks: {} } };
    expect(chain({ features: { complexity: { score: 0.61, tier: 'simple' } } }, sketch)[0]).toBe('openai/big');
    expect(chain({ features: { complexity: { score: 0.6, tier: 'simple' } } }, sketch)[0]).toBe('deepseek/cheap');
  });

  it.each<Strategy>(['cost_first', 'quality_first', 'balanced', 'custom'])(
    'lead the default list under %s',
    (strategy) => {
      const sketch: World = { policy: { tiers: { table: 'by_size', models }, tasks: {}, default: list } };
      const found = chain({ features: { tokens: 9_000 }, metadata: { strategy } }, sketch);
      expect([found[0], found.length]).toEqual(['openai/big', 4]);
    },
  );

  it('stand behind the list of a declared task', () => {
    const sketch: World = { policy: { tiers: { table: 'by_size', models }, tasks: { code: ['anthropic/fine'] } } };
    expect(chain({ features: { declared: 'code', task: 'code' } }, sketch)[0]).toBe('anthropic/fine');
    expect(chain({ features: { task: 'code' } }, sketch)[0]).toBe('deepseek/cheap');
  });

  it('say how much quality is enough, so that balanced pays for no more than a request needs', () => {
    const at = (tier: 'simple' | 'reasoning') =>
      chain(
        { features: { complexity: { score: 0.2, tier } }, metadata: { strategy: 'balanced' } },
        { policy: { default: ['openai/big', 'openai/small', 'anthropic/fine'], tiers: { enough: { simple: 7 } } } },
      )[0];
    expect(at('simple')).toBe('openai/small');
    expect(at('reasoning')).toBe('anthropic/fine');
  });
});

describe('chains', () => {
  const policy = { default: ['openai/big', 'deepseek/cheap'], chains: { 'openai/big': ['anthropic/fine', 'small'] } };

  it('stand directly behind their model in lists', () => {
    expect(chain({}, { policy })).toEqual(['openai/big', 'anthropic/fine', 'openai/small', 'deepseek/cheap']);
  });

  it('are the fallbacks of a model asked for by name, before the caller’s own', () => {
    const metadata = { fallbacks: ['mistral/poor'] };
    expect(chain({ model: 'openai/big', metadata }, { policy })).toEqual([
      'openai/big',
      'anthropic/fine',
      'openai/small',
      'mistral/poor',
    ]);
  });
});

describe('budgets', () => {
  const policy = { default: list, budgets: { max_request_usd: '0.003' } };

  it('pass over what costs more, and say so', () => {
    const found = plan({}, { policy });
    expect(found.candidates.map(({ model }) => model)).toEqual(['small', 'cheap']);
    expect(rulesAgainst({}, { policy })).toMatchObject({ 'openai/big': 'budgets.max_request_usd' });
    expect(found.candidates[0]?.notices.join()).toContain('over budget: openai/big');
  });

  it('let high priority climb, and weigh no cost for it', () => {
    expect(chain({ metadata: { priority: 'high' } }, { policy })[0]).toBe('openai/big');
    const balanced: World = { policy: { default: list, strategy: 'balanced' } };
    expect(chain({ metadata: { priority: 'high' } }, balanced)[0]).toBe('openai/big');
  });

  it('downgrade to the cheapest with a notice where nothing fits, or refuse', () => {
    const tight = { default: ['openai/big', 'anthropic/fine'], budgets: { max_request_usd: '0.000001' } };
    const found = plan({}, { policy: tight });
    expect(found.candidates.map(({ model }) => model)).toEqual(['fine']);
    expect(found.candidates[0]?.notices.join()).toContain('nothing admissible is within the budget');
    const strict = { ...tight, budgets: { ...tight.budgets, over: 'refuse' as const } };
    expect(refusal({}, { policy: strict }).message).toContain('budgets.max_request_usd');
    expect(refusal({ model: 'openai/big' }, { policy: strict }).code).toBe('no_admissible_model');
    expect(chain({ model: 'openai/big' }, { policy: tight })).toEqual(['openai/big']);
  });
});

describe('the length of an answer', () => {
  const bound = (asked: Asked, output: NonNullable<World['policy']>['output']) =>
    plan({ model: 'openai/big', ...asked }, { policy: { output } }).candidates[0];

  it('is what the budget leaves where the caller set none', () => {
    // 1,000 tokens in cost a cent of the two; at $40 a million the other buys 250.
    const candidate = bound({ metadata: { max_cost_usd: '0.02' }, features: { task: 'extraction' } }, undefined);
    expect(candidate?.max_output_tokens).toBe(250);
    expect(candidate?.notices.join()).toContain('250 tokens');
  });

  it('is what the task expects, where the policy says so', () => {
    const candidate = bound({ features: { task: 'summarization' } }, { set: 'task', headroom: 2 });
    expect(candidate).toMatchObject({ max_output_tokens: 500, notices: [expect.stringContaining('2 times')] });
    expect(bound({ features: { task: 'classification' } }, { set: 'task' })?.max_output_tokens).toBe(256);
  });

  it('is the caller’s own where it set one, and nobody’s where nothing asks for a bound', () => {
    expect(bound({ max_output_tokens: 9_000, metadata: { max_cost_usd: '1' } }, { set: 'task' })).not.toHaveProperty(
      'max_output_tokens',
    );
    expect(bound({}, undefined)).not.toHaveProperty('max_output_tokens');
    expect(bound({ metadata: { max_cost_usd: '0.03' } }, { set: 'never' })).not.toHaveProperty('max_output_tokens');
  });

  it('follows what answers to the task have had lately', () => {
    const lately = { expectedOutput: () => 120 };
    expect(plan({ model: 'openai/small' }, lately).candidates[0]?.expected).toMatchObject({
      output_tokens: 120,
      cost_nano_usd: 1_480_000,
    });
  });
});

describe('a prompt too long for a model', () => {
  const asked: Asked = { features: { tokens: 90_000 } };
  const policy = { default: ['deepseek/cheap', 'mistral/poor'], context: { trim: true } };

  it('is trimmed only where the policy asks for it, with a notice', () => {
    const fleet = { deepseek: 'live' } as const;
    expect(refusal(asked, { fleet, policy: { ...policy, context: { trim: false } } }).message).toContain(
      'context_window',
    );
    const [candidate] = plan(asked, { fleet, policy }).candidates;
    expect(candidate?.keep_share).toBeCloseTo(0.64, 1);
    expect(candidate?.notices.join()).toContain('oldest turns');
  });

  it('is not trimmed where a model takes it whole', () => {
    const found = plan(asked, { policy: { ...policy, default: ['deepseek/cheap', 'openai/big'] } });
    expect(found.candidates[0]).toMatchObject({ model: 'big' });
    expect(found.candidates[0]).not.toHaveProperty('keep_share');
    expect(found.excluded).toContainEqual({ vendor: 'deepseek', model: 'cheap', rule: 'context_window' });
  });
});

describe('what vendors say is left', () => {
  const spent = { requestsLeft: 0, tokensLeft: null, share: 0 };

  it('sets a spent deployment aside while anything else is there', () => {
    const quota = { 'openai/small': spent };
    expect(chain({}, { quota })).toEqual(['anthropic/fine', 'deepseek/cheap']);
    expect(rulesAgainst({}, { quota })).toMatchObject({ 'openai/small': 'quota' });
  });

  it('counts tokens against what the request will take', () => {
    const left = (tokensLeft: number) =>
      chain({}, { quota: { 'openai/small': { requestsLeft: 5, tokensLeft, share: 0.5 } } })[0];
    expect(left(1_299)).toBe('anthropic/fine');
    expect(left(1_300)).toBe('openai/small');
  });

  it('stops nobody where all are spent, nor who asks by name', () => {
    const quota = { 'openai/small': spent, 'anthropic/fine': spent, 'deepseek/cheap': spent };
    expect(chain({}, { quota })[0]).toBe('openai/small');
    expect(chain({ model: 'openai/small' }, { quota })).toEqual(['openai/small']);
  });

  it('is not for what nobody waits for, where it is no more than is kept for others', () => {
    const left = (share: number) => ({ requestsLeft: 100, tokensLeft: null, share, resetsInMs: 30_000 });
    const quota = { 'openai/small': left(0.2), 'anthropic/fine': left(0.21) };
    expect(chain({ spare_quota_only: true }, { quota })).toEqual(['anthropic/fine', 'deepseek/cheap']);
    expect(chain({}, { quota })[0]).toBe('openai/small');
    const patient = { model: 'openai/small', spare_quota_only: true };
    expect(refusal(patient, { quota })).toMatchObject({ code: 'rate_limit_exceeded', retryAfterMs: 30_000 });
    expect(chain(patient, { quota, policy: { batches: { quota_reserve: 0.1 } } })).toEqual(['openai/small']);
  });
});

describe('rollouts', () => {
  const canary = { name: 'next', kind: 'canary' as const, of: 'openai/small', to: 'google/thinker' };
  const thread = (n: number): Asked => ({ features: { thread: `t${n}` } });
  const threads = Array.from({ length: 2_000 }, (_, n) => thread(n));
  const share = (sketch: World, model: string) =>
    threads.filter((asked) => chain(asked, sketch)[0] === model).length / threads.length;

  it.each([
    [0, 0.1],
    [1, 0.5],
    [2, 1],
  ])('at step %i a canary takes %f of the conversations', (step, expected) => {
    const sketch: World = { policy: { rollouts: [canary] }, standing: { next: { state: 'running', step } } };
    expect(Math.abs(share(sketch, 'google/thinker') - expected)).toBeLessThan(0.03);
  });

  it('stick to the conversation, keep who was in it as the share grows, and leave the old model behind as a fallback', () => {
    const at = (step: number): World => ({
      policy: { rollouts: [canary] },
      standing: { next: { state: 'running', step } },
    });
    for (const asked of threads.slice(0, 200)) {
      const first = chain(asked, at(0));
      expect(chain(asked, at(0))).toEqual(first);
      if (first[0] !== 'google/thinker') continue;
      expect(first[1]).toBe('openai/small');
      expect(chain(asked, at(1))[0]).toBe('google/thinker');
    }
  });

  it('are off at once when rolled back', () => {
    const sketch: World = { policy: { rollouts: [canary] }, standing: { next: { state: 'rolled_back', step: 2 } } };
    expect(share(sketch, 'google/thinker')).toBe(0);
    expect(plan({}, sketch)).not.toHaveProperty('rollouts');
  });

  it('record their arm, the control too', () => {
    const arms = [
      { name: 'a', to: 'google/thinker', percent: 30 },
      { name: 'b', to: 'openai/big', percent: 30 },
    ];
    const sketch: World = { policy: { rollouts: [{ name: 'x', kind: 'ab', arms }] } };
    const seen = new Map<string, string>();
    for (const asked of threads.slice(0, 200)) {
      const found = plan(asked, sketch);
      seen.set(found.rollouts?.[0]?.arm ?? 'none', found.candidates[0]?.model ?? '');
    }
    expect(Object.fromEntries(seen)).toEqual({ a: 'thinker', b: 'big', control: 'small' });
  });

  it('never replace a model asked for by name, nor get past walls and open circuits', () => {
    const whole = { next: { state: 'running', step: 2 } } as const;
    const sketch: World = { policy: { rollouts: [canary] }, standing: whole };
    expect(chain({ model: 'openai/small' }, sketch)).toEqual(['openai/small']);
    expect(chain({}, { ...sketch, policy: { ...sketch.policy, vendors: { deny: ['google'] } } })[0]).toBe(
      'openai/small',
    );
    const health = { 'google/thinker': { circuit: 'open', until: null } } as const;
    expect(chain({}, { ...sketch, health })[0]).toBe('openai/small');
  });

  it('speak only of whom and what they say', () => {
    const narrow = { ...canary, who: { tenant: 'other' } };
    const standing = { next: { state: 'running', step: 2 } } as const;
    expect(chain({}, { policy: { rollouts: [narrow] }, standing })[0]).toBe('openai/small');
    const byTask = { ...canary, tasks: ['code' as const] };
    expect(chain({}, { policy: { rollouts: [byTask] }, standing })[0]).toBe('openai/small');
  });

  it('copy to shadows beside the plan, which stays as it is', () => {
    const shadow = { name: 'copy', kind: 'shadow' as const, to: 'google/thinker', percent: 100 };
    const found = plan({}, { policy: { rollouts: [shadow] } });
    expect(found.candidates[0]).toMatchObject({ model: 'small' });
    expect(found.shadow).toMatchObject([{ vendor: 'google', model: 'thinker' }]);
  });
});
