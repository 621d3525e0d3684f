import { describe, expect, it } from '@jest/globals';
import { limitedScopes, readVerdict, scopesLimiting, settleCall, type Scope } from './admission.js';

const unlimited = { requests_per_minute: null, tokens_per_minute: null, in_flight: null };
const keyScope: Scope = { id: 'key:a', limits: { ...unlimited, requests_per_minute: 5 } };
const tenantScope: Scope = {
  id: 'tenant:t',
  limits: { requests_per_minute: null, tokens_per_minute: 100, in_flight: 3 },
};

describe('what goes to the script', () => {
  it('leaves out scopes that limit nothing', () => {
    expect(limitedScopes([{ id: 'free', limits: unlimited }, keyScope])).toEqual([keyScope]);
  });

  it('has three keys a scope, once however many orders are about it, in one slot of a cluster', () => {
    const { keys, args } = settleCall([
      { is: 'release', requestId: 'old', second: 7, difference: -3, ended: ['tenant:t'], corrected: ['tenant:t'] },
      { is: 'admit', requestId: 'one', tokens: 50, scopes: [keyScope, tenantScope] },
      { is: 'admit', requestId: 'two', tokens: 60, scopes: [keyScope] },
    ]);
    expect(keys).toHaveLength(6);
    expect(keys.every((key) => key.startsWith('{skein-limits}:'))).toBe(true);
    const release = ['release', 'old', 7, -3, 1, 1, 0, 0];
    const first = ['admit', 'one', 50, 2, 1, 5, -1, -1, 0, -1, 100, 3];
    expect(args).toEqual([...release, ...first, 'admit', 'two', 60, 1, 1, 5, -1, -1]);
    expect(scopesLimiting([keyScope, tenantScope], 'in_flight')).toEqual(['tenant:t']);
  });
});

describe('what comes back', () => {
  const asked = { scopes: [keyScope, tenantScope], tokens: 50 };

  it('says what is left, and null where nothing limits', () => {
    expect(readVerdict([1, 1_700_000_000, 4, -1, 2], asked)).toEqual({
      second: 1_700_000_000,
      remaining: { requests_per_minute: 4, tokens_per_minute: null, in_flight: 2 },
    });
  });

  it('names the scope and the limit that refused', () => {
    expect(readVerdict([0, 1, 3, 1_000], asked)).toEqual({
      admitted: false,
      scope: 'tenant:t',
      limit: 'in_flight',
      retryAfterMs: 1_000,
      neverFits: false,
    });
  });

  it('tells a request that never fits from one that comes too early', () => {
    expect(readVerdict([0, 1, 2, 61_000], { ...asked, tokens: 101 })).toMatchObject({ neverFits: true });
    expect(readVerdict([0, 1, 2, 61_000], { ...asked, tokens: 100 })).toMatchObject({ neverFits: false });
  });

  it('refuses a reply that it does not understand', () => {
    expect(() => readVerdict('OK', asked)).toThrow(TypeError);
    expect(() => readVerdict([0, 7, 1, 5], asked)).toThrow(TypeError);
  });
});
