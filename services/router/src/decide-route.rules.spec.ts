import { describe, expect, it } from '@jest/globals';
import type { Need } from '@skein/contracts/classifier';
import type { DecideRouteRequest } from '@skein/contracts/router';
import { chain, plan, refusal, rulesAgainst } from '../test/planned.js';
import { NOW, type World } from '../test/small-world.js';

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
    ['compliance.HIPAA', { compliance: ['HIPAA'] }],
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

  const bothOpen = { 'openai/small': open(NOW + 20_000), 'openai/big': open(NOW + 5_000) };
  const onlyOpenAi = {
    fleet: { openai: 'live' as const },
    policy: { default: ['openai/small', 'openai/big'] },
  } satisfies World;

  it('refuse the request when there is nothing else, and say when the first may be asked', () => {
    const error = refusal({}, { health: bothOpen, ...onlyOpenAi });
    expect({ code: error.code, status: error.status, after: error.retryAfterMs }).toEqual({
      code: 'unavailable',
      status: 503,
      after: 5_000,
    });
  });

  it('make it a 429 when all of them were rate-limited', () => {
    const limited = { errors: 3, rate_limited: 3 };
    const health = {
      'openai/small': { ...bothOpen['openai/small'], ...limited },
      'openai/big': { ...bothOpen['openai/big'], ...limited },
    };
    expect(refusal({}, { health, ...onlyOpenAi }).status).toBe(429);
  });

  it('do not stand between a caller and the one model it named, unless an operator put them there', () => {
    const health = { 'openai/big': open(NOW + 5_000) };
    expect(chain({ model: 'openai/big' }, { health })).toEqual(['openai/big']);
    expect(chain({ model: 'openai/big', metadata: { fallbacks: ['anthropic/fine'] } }, { health })).toEqual([
      'anthropic/fine',
    ]);
    const takenOut = { 'openai/big': { ...open(NOW + 5_000), taken_out: true } };
    expect(refusal({ model: 'openai/big' }, { health: takenOut }).code).toBe('unavailable');
  });

  it('tell the caller when another model is asked instead', () => {
    const found = plan(
      { model: 'openai/big', metadata: { fallbacks: ['anthropic/fine'] } },
      {
        health: { 'openai/big': open(NOW + 5_000) },
      },
    );
    expect(found.candidates[0]?.notices.join()).toContain('openai/big rests after failures');
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

describe('models that err too often', () => {
  const health = { 'openai/big': { rolled_back: true } };

  it('stand behind their backups until they are well, and the caller is told', () => {
    const asked = { model: 'openai/big', metadata: { fallbacks: ['anthropic/fine'] } };
    expect(chain(asked, {})).toEqual(['openai/big', 'anthropic/fine']);
    expect(chain(asked, { health })).toEqual(['anthropic/fine', 'openai/big']);
    expect(plan(asked, { health }).candidates[0]?.notices.join()).toContain('errs too often');
  });
});

describe('the last resort', () => {
  const policy = { default: ['openai/small'], last_resort: 'mistral/poor' };

  it('is one model that no wall keeps out and the chain does not hold', () => {
    expect(plan({}, { policy }).last_resort).toMatchObject({ vendor: 'mistral', model: 'poor' });
    expect(plan({}, { policy: { ...policy, last_resort: 'openai/small' } }).last_resort).toBeNull();
    expect(plan({}, { policy: { ...policy, vendors: { deny: ['mistral'] } } }).last_resort).toBeNull();
  });
});

describe('hedging', () => {
  it('waits for the usual slow case, of the first byte on streams and of the whole elsewhere', () => {
    const health = { 'openai/big': { first_byte_p95_ms: 700, total_p95_ms: 2_500 } };
    const after = (stream: boolean) => plan({ stream, model: 'openai/big' }, { health }).candidates[0]?.hedge_after_ms;
    expect([after(true), after(false)]).toEqual([700, 2_500]);
  });

  it('is off unless the policy says so, and a race when the caller does', () => {
    expect(plan({}, {}).hedging).toEqual({ mode: 'off', max_extra_spend: 0.05 });
    expect(plan({ metadata: { race: true } }, {}).hedging.mode).toBe('race');
  });
});

describe('limits', () => {
  it('bind the first byte on streams only, and the pause within an answer everywhere', () => {
    expect(plan({ stream: false, model: 'openai/big' }).candidates[0]?.limits).toEqual({
      connect_ms: 5_000,
      first_byte_ms: null,
      idle_ms: 30_000,
      call_ms: 30_000,
    });
    expect(plan({ stream: true, model: 'openai/big' }).candidates[0]?.limits).toEqual({
      connect_ms: 5_000,
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
