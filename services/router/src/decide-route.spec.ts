import { describe, expect, it } from '@jest/globals';
import type { Need } from '@skein/contracts/classifier';
import { SkeinError } from '@skein/contracts/errors';
import { routePlan, type DecideRouteRequest, type RoutePlan } from '@skein/contracts/router';
import { ask, NOW, world, type Asked, type World } from '../test/small-world.js';
import { decideRoute } from './decide-route.js';

const plan = (asked: Asked = {}, sketch: World = {}): RoutePlan => decideRoute(ask(asked), world(sketch));
const chain = (asked: Asked = {}, sketch: World = {}): string[] =>
  plan(asked, sketch).candidates.map(({ vendor, model }) => `${vendor}/${model}`);
const refusal = (asked: Asked, sketch: World = {}): SkeinError => {
  try {
    decideRoute(ask(asked), world(sketch));
  } catch (error) {
    if (error instanceof SkeinError) return error;
    throw error;
  }
  throw new Error('the request was planned');
};
const rulesAgainst = (asked: Asked, sketch: World = {}): Record<string, string> =>
  Object.fromEntries(plan(asked, sketch).excluded.map(({ vendor, model, rule }) => [`${vendor}/${model}`, rule]));

describe('auto', () => {
  it('takes the list of the task, then the default list behind it', () => {
    expect(chain({ features: { task: 'code' } })).toEqual([
      'anthropic/fine',
      'openai/big',
      'openai/small',
      'deepseek/cheap',
    ]);
  });

  it('takes the default list where the task has none', () => {
    expect(chain({ features: { task: 'translation' } })).toEqual(['openai/small', 'anthropic/fine', 'deepseek/cheap']);
  });

  it('takes the default list when the classifier abstained', () => {
    expect(chain({ features: { task: 'code', abstained: true } })[0]).toBe('openai/small');
  });

  it('takes the list of the name that was declared before that of its task', () => {
    const sketch = { policy: { tasks: { code: ['openai/big'], coding: ['deepseek/cheap'] } } };
    expect(chain({ features: { task: 'code', declared: 'coding' } }, sketch)[0]).toBe('deepseek/cheap');
    expect(chain({ features: { task: 'code', declared: 'code_generation' } }, sketch)[0]).toBe('openai/big');
  });

  it('takes the list of long contexts for one, whatever the task', () => {
    const sketch = { policy: { tasks: { long_context: ['google/thinker'], qa: ['openai/small'] } } };
    const features = { tokens: 60_000, complexity: { score: 0.9, tier: 'long-context' as const } };
    expect(chain({ features }, sketch)[0]).toBe('google/thinker');
  });

  it('passes over models whose vendor has no worker, and says so', () => {
    const sketch = { fleet: { anthropic: 'live', deepseek: 'live' } } as const;
    expect(chain({}, sketch)).toEqual(['anthropic/fine', 'deepseek/cheap']);
    expect(rulesAgainst({}, sketch)).toEqual({ 'openai/small': 'no_worker' });
  });

  it('never hangs on one vendor while two are there', () => {
    const listed = chain({}, { policy: { default: ['openai/big', 'openai/small'] } });
    expect(listed.slice(0, 2)).toEqual(['openai/big', 'openai/small']);
    expect(new Set(listed.map((id) => id.split('/')[0])).size).toBeGreaterThan(1);
  });

  it('keeps the second vendor when the chain is cut', () => {
    const sketch = { policy: { default: ['openai/big', 'openai/small', 'anthropic/fine'], max_candidates: 2 } };
    expect(chain({}, sketch)).toEqual(['openai/big', 'anthropic/fine']);
    expect(rulesAgainst({}, sketch)).toEqual({ 'openai/small': 'max_candidates' });
  });

  it('answers from whatever vendor is there when none of the listed is', () => {
    expect(chain({}, { fleet: { mistral: 'live' } })).toEqual(['mistral/open-weights']);
  });

  it('says who chose and why, in plain ASCII', () => {
    for (const { reason } of plan({ features: { task: 'code' } }).candidates) expect(reason).toMatch(/^[\x20-\x7e]+$/);
    expect(plan({ features: { task: 'code' } }).candidates[0]?.reason).toContain('listed 1st for code');
  });

  it('puts the fallbacks of the request behind what the policy lists', () => {
    expect(chain({ metadata: { fallbacks: ['xai/unpriced', 'google/thinker'] } })).toEqual([
      'openai/small',
      'anthropic/fine',
      'deepseek/cheap',
      'xai/unpriced',
      'google/thinker',
    ]);
  });
});

describe('a model asked for by name', () => {
  it('is never replaced', () => {
    expect(chain({ model: 'openai/big' })).toEqual(['openai/big']);
  });

  it('is followed by the fallbacks of the request, in their order', () => {
    const metadata = { fallbacks: ['anthropic/fine', 'thinking'] };
    expect(chain({ model: 'openai/big', metadata })).toEqual(['openai/big', 'anthropic/fine', 'google/thinker']);
  });

  it('is sent as asked, even where the catalogue does not know that it can', () => {
    expect(chain({ model: 'mistral/poor', features: { needs: ['tools', 'vision'], tokens: 90_000 } })).toEqual([
      'mistral/poor',
    ]);
  });

  it('is sent on when the catalogue lacks it, with a notice that its price is unknown', () => {
    const [candidate] = plan({ model: 'openai/brand-new' }).candidates;
    expect(candidate).toMatchObject({ vendor: 'openai', model: 'brand-new', expected: { cost_nano_usd: null } });
    expect(candidate?.notices.join()).toContain('price is unknown');
  });

  it('keeps slashes behind the first in its name', () => {
    expect(chain({ model: 'groq/makers/open-weights' })).toEqual(['groq/makers/open-weights']);
  });

  it('is not found at an unknown vendor, and the known ones are listed', () => {
    const error = refusal({ model: 'nobody/model' });
    expect(error).toMatchObject({ code: 'not_found', status: 404, param: 'model' });
    expect(error.message).toContain('openai, anthropic, google');
  });

  it('names the variable to set when its vendor has no worker', () => {
    const error = refusal({ model: 'cerebras/any' });
    expect(error).toMatchObject({ code: 'no_admissible_model', status: 422 });
    expect(error.message).toContain('CEREBRAS_API_KEY');
    expect(error.message).toContain('no_worker');
  });

  it('may be tried again when its vendor was here a moment ago', () => {
    const error = refusal({ model: 'openai/big' }, { fleet: { anthropic: 'live' }, seen: ['openai', 'anthropic'] });
    expect(error).toMatchObject({ code: 'unavailable', status: 503 });
    expect(error.retryAfterMs).toBeGreaterThan(0);
  });

  it('is tried even while its circuit is open', () => {
    const health = { 'openai/big': { circuit: 'open', until: NOW + 10_000 } } as const;
    expect(chain({ model: 'openai/big' }, { health })).toEqual(['openai/big']);
  });
});

describe('a bare name', () => {
  it('means every vendor that serves it, its maker first, and nothing else', () => {
    expect(chain({ model: 'open-weights' })).toEqual(['mistral/open-weights', 'groq/makers/open-weights']);
  });

  it('passes over vendors without a worker', () => {
    expect(chain({ model: 'open-weights' }, { fleet: { groq: 'live', openai: 'live' } })).toEqual([
      'groq/makers/open-weights',
    ]);
  });

  it('is not found when nothing serves it', () => {
    expect(refusal({ model: 'gpt-999' })).toMatchObject({ code: 'not_found', param: 'model' });
  });

  it('names the variables to set when none of its vendors has a worker', () => {
    const { message } = refusal({ model: 'open-weights' }, { fleet: { openai: 'live' } });
    expect(message).toContain('MISTRAL_API_KEY');
    expect(message).toContain('GROQ_API_KEY');
  });
});

describe('an alias', () => {
  const sketch = { policy: { aliases: { fast: ['deepseek/cheap', 'openai/small'], 'old-big': ['anthropic/fine'] } } };

  it('of the policy means its list, in order', () => {
    expect(chain({ model: 'fast' }, sketch)).toEqual(['deepseek/cheap', 'openai/small']);
    expect(chain({ model: 'Fast' }, sketch)).toEqual(['deepseek/cheap', 'openai/small']);
  });

  it('of the policy stands before one of the catalogue', () => {
    expect(chain({ model: 'old-big' }, sketch)).toEqual(['anthropic/fine']);
  });

  it('for a retired name resolves with a notice', () => {
    const [candidate] = plan({ model: 'old-big' }).candidates;
    expect(candidate).toMatchObject({ vendor: 'openai', model: 'big' });
    expect(candidate?.notices.join()).toContain('retired');
  });
});

describe('sandboxed vendors', () => {
  const mixed = { fleet: { openai: 'sandbox', anthropic: 'sandbox', deepseek: 'live' } } as const;

  it('serve everything while no vendor is live', () => {
    expect(chain({}, { fleet: { openai: 'sandbox', anthropic: 'sandbox' } })).toEqual([
      'openai/small',
      'anthropic/fine',
    ]);
  });

  it.each<[string, Asked]>([
    ['auto', {}],
    ['fallbacks', { model: 'deepseek/cheap', metadata: { fallbacks: ['openai/big', 'thinking'] } }],
  ])('take no part in %s as soon as one is live', (_what, asked) => {
    expect(chain(asked, mixed)).toEqual(['deepseek/cheap']);
  });

  it.each(['thinking', 'old-big', 'openai/big', 'small'])('do not answer for "%s" as soon as one is live', (model) => {
    expect(refusal({ model }, mixed).message).toMatch(/sandbox .*(OPENAI|ANTHROPIC)_API_KEY/);
  });

  it('answer by name beside live ones where the operator switched the sandbox on', () => {
    expect(chain({ model: 'openai/big' }, { ...mixed, sandbox: 'on' })).toEqual(['openai/big']);
  });
});

describe('walls', () => {
  const all = [
    'openai/big',
    'openai/small',
    'anthropic/fine',
    'google/thinker',
    'deepseek/cheap',
    'mistral/poor',
    'xai/unpriced',
  ];
  const everything: World = { policy: { default: all, max_candidates: 20 } };

  it.each<[Need, string[]]>([
    ['tools', ['openai/big', 'openai/small', 'anthropic/fine', 'google/thinker', 'deepseek/cheap']],
    ['vision', ['openai/big', 'openai/small', 'anthropic/fine']],
    ['audio', ['google/thinker']],
    ['documents', ['anthropic/fine']],
    ['schema', ['openai/big']],
  ])('let through what is known to take %s; unknown is not enough', (need, able) => {
    const found = chain({ features: { needs: [need] } }, everything);
    expect(found).toEqual(able);
    expect(rulesAgainst({ features: { needs: [need] } }, everything)['mistral/poor']).toBe(`capability.${need}`);
  });

  it('keep out models whose window is too small for prompt and answer', () => {
    const asked = { features: { tokens: 90_000 } };
    expect(rulesAgainst(asked, everything)).toMatchObject({
      'deepseek/cheap': 'context_window',
      'mistral/poor': 'context_window',
    });
    expect(chain(asked, everything)).toContain('openai/small');
    expect(chain({ ...asked, max_output_tokens: 3_999 }, everything)).toContain('openai/small');
    expect(rulesAgainst({ ...asked, max_output_tokens: 4_001 }, everything)).toMatchObject({
      'openai/small': 'max_output_tokens',
    });
  });

  it('count tokens as each vendor does', () => {
    const asked = { features: { tokens: 190_000 } };
    expect(rulesAgainst(asked, everything)['anthropic/fine']).toBe('context_window');
    expect(chain(asked, everything)).toContain('openai/big');
  });

  it('keep out denied vendors, by name too', () => {
    const sketch = { policy: { ...everything.policy, vendors: { deny: ['openai'] } } };
    expect(chain({}, sketch).some((id) => id.startsWith('openai/'))).toBe(false);
    expect(refusal({ model: 'openai/big' }, sketch).message).toContain('vendors.deny');
  });

  it('keep out all but allowed vendors, stand-ins too', () => {
    const sketch = { policy: { ...everything.policy, vendors: { allow: ['google'] } } };
    expect(chain({}, sketch)).toEqual(['google/thinker']);
  });

  it('keep out what is expected to cost more than the caller allows, and what nobody knows the price of', () => {
    const metadata = { max_cost_usd: '0.003' };
    expect(chain({ metadata }, everything)).toEqual(['openai/small', 'deepseek/cheap', 'mistral/poor']);
    expect(rulesAgainst({ metadata }, everything)['xai/unpriced']).toBe('max_cost_usd');
    expect(refusal({ model: 'openai/big', metadata }).message).toContain('max_cost_usd');
  });

  it('let a model without a price through when it is asked for by name, and say that the bound was not checked', () => {
    const [candidate] = plan({ model: 'xai/unpriced', metadata: { max_cost_usd: 0.001 } }).candidates;
    expect(candidate?.notices.join()).toContain('max_cost_usd could not be checked');
  });

  it('keep out what has been slower than the caller allows', () => {
    const health = { 'openai/small': { total_p50_ms: 900 }, 'anthropic/fine': { total_p50_ms: 300 } };
    const found = plan({ metadata: { max_latency_ms: 500 } }, { health });
    expect(found.candidates.map(({ model }) => model)).toEqual(['fine', 'cheap']);
    expect(found.candidates[1]?.notices.join()).toContain('max_latency_ms could not be checked');
  });

  it.each<[string, DecideRouteRequest['metadata']]>([
    ['compliance', { compliance: ['HIPAA'] }],
    ['region', { region: 'eu' }],
  ])('refuse a demand of %s, which no model is known to satisfy', (rule, metadata) => {
    expect(refusal({ metadata })).toMatchObject({
      code: 'no_admissible_model',
      message: expect.stringContaining(rule),
    });
    expect(refusal({ model: 'openai/big', metadata }).code).toBe('no_admissible_model');
  });

  it('are all named when they leave nothing', () => {
    const error = refusal({ features: { needs: ['audio', 'documents'] } }, everything);
    expect(error.message).toContain('capability.audio');
    expect(error.message).toContain('capability.documents');
  });
});

describe('strategies', () => {
  const all = ['mistral/poor', 'google/thinker', 'openai/big', 'deepseek/cheap', 'xai/unpriced', 'openai/small'];
  const sketch = (rest: World = {}): World => ({
    ...rest,
    policy: { default: all, max_candidates: 20, ...rest.policy },
  });

  it('cost_first takes the cheapest whose quality reaches the floor, and keeps the rest behind', () => {
    expect(chain({ metadata: { strategy: 'cost_first' } }, sketch())).toEqual([
      'deepseek/cheap',
      'openai/small',
      'google/thinker',
      'openai/big',
      'xai/unpriced',
      'mistral/poor',
    ]);
  });

  it('quality_first keeps the order of the list', () => {
    expect(chain({ metadata: { strategy: 'quality_first' } }, sketch())).toEqual(all);
  });

  it('latency_first takes the fastest of late, and those nobody has measured last', () => {
    const health = { 'openai/big': { total_p50_ms: 400 }, 'google/thinker': { total_p50_ms: 900 } };
    const found = chain({ metadata: { strategy: 'latency_first' } }, sketch({ health }));
    expect(found.slice(0, 3)).toEqual(['openai/big', 'google/thinker', 'mistral/poor']);
  });

  it('looks at the first byte on streams and at the whole answer otherwise', () => {
    const health = {
      'openai/big': { first_byte_p50_ms: 100, total_p50_ms: 9_000 },
      'google/thinker': { first_byte_p50_ms: 800, total_p50_ms: 2_000 },
    };
    const metadata = { strategy: 'latency_first' as const };
    expect(chain({ stream: true, metadata }, sketch({ health }))[0]).toBe('openai/big');
    expect(chain({ stream: false, metadata }, sketch({ health }))[0]).toBe('google/thinker');
  });

  it('custom weighs as the policy says', () => {
    const weighed = (weights: { quality: number; cost: number; latency: number }) =>
      chain({ metadata: { strategy: 'custom' } }, sketch({ policy: { weights } }))[0];
    expect(weighed({ quality: 1, cost: 0, latency: 0 })).toBe('google/thinker');
    expect(weighed({ quality: 0, cost: 1, latency: 0 })).toBe('mistral/poor');
  });

  it('balanced prefers neither the poorest nor the dearest', () => {
    const [first] = chain({ metadata: { strategy: 'balanced' } }, sketch());
    expect(['google/thinker', 'deepseek/cheap', 'openai/small']).toContain(first);
  });

  it('is the policy’s own when the caller states none', () => {
    expect(plan({}, sketch({ policy: { strategy: 'cost_first' } })).strategy).toBe('cost_first');
  });

  it('never takes anything dearer than the first choice at low priority', () => {
    const found = plan(
      { metadata: { priority: 'low' } },
      { policy: { default: ['openai/small', 'openai/big', 'deepseek/cheap'] } },
    );
    expect(found.candidates.map(({ model }) => model)).toEqual(['small', 'cheap']);
    expect(found.excluded).toContainEqual({ vendor: 'openai', model: 'big', rule: 'priority_low' });
  });
});

describe('open circuits', () => {
  const open = (until: number) => ({ circuit: 'open', until }) as const;

  it('are left out while anything else is there', () => {
    const health = { 'openai/small': open(NOW + 20_000) };
    expect(chain({}, { health })).toEqual(['anthropic/fine', 'deepseek/cheap']);
    expect(rulesAgainst({}, { health })).toEqual({ 'openai/small': 'circuit_open' });
  });

  it('are tried, the soonest to close first, when there is nothing else', () => {
    const health = { 'openai/small': open(NOW + 20_000), 'openai/big': open(NOW + 5_000) };
    const sketch: World = { health, fleet: { openai: 'live' }, policy: { default: ['openai/small', 'openai/big'] } };
    expect(chain({}, sketch)).toEqual(['openai/big', 'openai/small']);
  });

  it('no longer count once their moment has passed', () => {
    expect(chain({}, { health: { 'openai/small': open(NOW - 1) } })[0]).toBe('openai/small');
  });

  it('bring in another vendor where all but one are open', () => {
    const health = { 'openai/small': open(NOW + 20_000) };
    const sketch: World = { health, policy: { default: ['openai/small', 'anthropic/fine'] } };
    expect(new Set(chain({}, sketch).map((id) => id.split('/')[0])).size).toBe(2);
  });
});

describe('limits', () => {
  it('bind the first byte and the pause on streams only', () => {
    expect(plan({ stream: false, model: 'openai/big' }).candidates[0]?.limits).toEqual({
      first_byte_ms: null,
      idle_ms: null,
      call_ms: 30_000,
    });
    expect(plan({ stream: true, model: 'openai/big' }).candidates[0]?.limits).toEqual({
      first_byte_ms: 3_000,
      idle_ms: 30_000,
      call_ms: 30_000,
    });
  });

  it('wait three times the usual slow first byte, and never under three seconds', () => {
    const limitAt = (p95: number) =>
      plan({ stream: true, model: 'openai/big' }, { health: { 'openai/big': { first_byte_p95_ms: p95 } } })
        .candidates[0]?.limits.first_byte_ms;
    expect(limitAt(2_000)).toBe(6_000);
    expect(limitAt(200)).toBe(3_000);
  });

  it('give reasoning models their time until it is learned', () => {
    const asked = { stream: true, model: 'google/thinker' };
    expect(plan(asked).candidates[0]?.limits).toMatchObject({ first_byte_ms: 30_000, call_ms: 600_000 });
    const health = { 'google/thinker': { first_byte_p95_ms: 4_000 } };
    expect(plan(asked, { health }).candidates[0]?.limits.first_byte_ms).toBe(12_000);
  });
});

describe('every plan', () => {
  it('states what it expects: tokens as the vendor counts, the task’s usual answer, cost in nano-USD', () => {
    const [candidate] = plan({ model: 'openai/small', max_output_tokens: 100 }).candidates;
    expect(candidate?.expected).toEqual({
      input_tokens: 1_000,
      output_tokens: 100,
      cost_nano_usd: 1_400_000,
      latency_ms: null,
    });
  });

  it('keeps its contract and passes the policy’s words on', () => {
    const found = plan({}, { policy: { cache: 'always', on_cancel: 'drain', on_mid_stream_failure: 'continue' } });
    expect(routePlan.parse(found)).toEqual(found);
    expect(found).toMatchObject({
      cache: 'always',
      on_cancel: 'drain',
      on_mid_stream_failure: 'continue',
      revision: 'test-1',
    });
  });

  it('names no model twice', () => {
    const ids = chain({ metadata: { fallbacks: ['openai/small', 'small'] } });
    expect(new Set(ids).size).toBe(ids.length);
  });
});
