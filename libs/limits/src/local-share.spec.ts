import { describe, expect, it } from '@jest/globals';
import type { LimitName } from './admission.js';
import { LocalShare } from './local-share.js';
import { readStoreDown, storeDownForAll } from './store-down.js';

const none = { requests_per_minute: null, tokens_per_minute: null, in_flight: null };
const all: LimitName[] = ['requests_per_minute', 'tokens_per_minute', 'in_flight'];
const admit = (
  share: LocalShare,
  limits: Partial<Record<LimitName, number>>,
  gateways: number,
  now: number,
  tokens = 10,
) => share.admit({ scopes: [{ id: 'key:k', limits: { ...none, ...limits } }], tokens }, all, gateways, now);

describe('a gateway’s own share of a limit', () => {
  it('is the limit by the number of gateways, and never less than one request', () => {
    const share = new LocalShare();
    expect('leave' in admit(share, { requests_per_minute: 4 }, 2, 0)).toBe(true);
    expect('leave' in admit(share, { requests_per_minute: 4 }, 2, 1)).toBe(true);
    expect(admit(share, { requests_per_minute: 4 }, 2, 10_000)).toMatchObject({
      admitted: false,
      limit: 'requests_per_minute',
      retryAfterMs: 50_000,
    });
    expect('leave' in admit(share, { requests_per_minute: 4 }, 2, 60_000)).toBe(true);
    expect('leave' in admit(new LocalShare(), { requests_per_minute: 1 }, 9, 0)).toBe(true);
  });

  it('counts tokens and what is in flight in the same way', () => {
    const share = new LocalShare();
    expect('leave' in admit(share, { tokens_per_minute: 100 }, 2, 0, 45)).toBe(true);
    expect(admit(share, { tokens_per_minute: 100 }, 2, 1, 6)).toMatchObject({ limit: 'tokens_per_minute' });
    const flights = new LocalShare();
    const place = admit(flights, { in_flight: 2 }, 2, 0);
    expect(admit(flights, { in_flight: 2 }, 2, 1)).toMatchObject({ limit: 'in_flight', retryAfterMs: 1_000 });
    if ('leave' in place) place.leave();
    expect('leave' in admit(flights, { in_flight: 2 }, 2, 2)).toBe(true);
  });
});

describe('what becomes of limits while the store is away', () => {
  it('is said for all, or for each', () => {
    expect(readStoreDown('closed')).toEqual(storeDownForAll('closed'));
    expect(readStoreDown('requests_per_minute=local_share, in_flight=closed')).toEqual({
      requests_per_minute: 'local_share',
      tokens_per_minute: 'open',
      in_flight: 'closed',
    });
    expect(readStoreDown('requests=open')).toBeNull();
    expect(readStoreDown('ajar')).toBeNull();
  });
});
