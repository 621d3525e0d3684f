import { describe, expect, it } from '@jest/globals';
import { routePlan } from '@skein/contracts/router';
import { chain, plan, refusal, rulesAgainst } from '../test/planned.js';
import { NOW, type Asked } from '../test/small-world.js';

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

  it.each([
    { model: 'openai/big', seen: ['openai'], code: 'unavailable', status: 503 },
    { model: 'open-weights', seen: ['groq'], code: 'unavailable', status: 503 },
    { model: 'openai/big', seen: [], code: 'no_admissible_model', status: 422 },
    { model: 'open-weights', seen: ['openai'], code: 'no_admissible_model', status: 422 },
  ])('$model without a worker, of $seen that were here: $code', ({ model, seen, code, status }) => {
    expect(refusal({ model }, { fleet: {}, seen })).toMatchObject({ code, status });
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
