import { describe, expect, it } from '@jest/globals';
import { USE_HALF_LIFE_MS, dealOut, fadeUse, type WaitingJob, type WaitingTenant } from './deal-out.js';

const line = (tenant: string, count: number, vendor: string | null = null): WaitingJob[] =>
  Array.from({ length: count }, (_, index) => ({ id: `${tenant}${index}`, vendor }));

const waiting = (tenant: string, count: number, change: Partial<WaitingTenant> = {}): WaitingTenant => ({
  tenant,
  waiting: line(tenant, count),
  usedSeconds: 0,
  jobSeconds: 1,
  weight: 1,
  room: Infinity,
  lastTurn: 0,
  ...change,
});

const tenantsOf = (tenants: readonly WaitingTenant[], slots: number, turns = 0): string =>
  dealOut(tenants, slots, new Map(), turns)
    .map(({ tenant }) => tenant)
    .join('');

describe('turns', () => {
  it('go in order of the line, to nobody twice', () => {
    const dealt = dealOut([waiting('a', 3)], 10, new Map(), 0);
    expect(dealt.map(({ id }) => id)).toEqual(['a0', 'a1', 'a2']);
    expect(dealt.map(({ turn }) => turn)).toEqual([1, 2, 3]);
  });

  it('alternate between tenants of equal weight', () => {
    expect(tenantsOf([waiting('a', 100), waiting('b', 100)], 8)).toBe('abababab');
  });

  it('follow the weights', () => {
    const dealt = tenantsOf([waiting('a', 100, { weight: 3 }), waiting('b', 100)], 40);
    const share = [...dealt].filter((tenant) => tenant === 'a').length / dealt.length;
    expect(share).toBeCloseTo(0.75, 1);
  });

  it('count what a job takes, not how many there are', () => {
    const dealt = tenantsOf([waiting('a', 100, { jobSeconds: 9 }), waiting('b', 100)], 12);
    expect([...dealt].filter((tenant) => tenant === 'b').length).toBeGreaterThanOrEqual(8);
  });

  it('go first to who has had little lately, but every fourth to who has waited longest for one', () => {
    const flooding = waiting('a', 1_000, { usedSeconds: 500, lastTurn: 99 });
    expect(tenantsOf([flooding, waiting('b', 20, { lastTurn: 7 })], 8, 100)).toBe('bbbabbba');
  });

  it('leave out who has no room, and never exceed it', () => {
    expect(tenantsOf([waiting('a', 9, { room: 2 }), waiting('b', 9, { room: 0 }), waiting('c', 1)], 9)).toBe('aca');
  });

  it('pass over jobs of a vendor without room, and give the room it has once', () => {
    const mixed = waiting('a', 0, { waiting: [...line('x', 3, 'openai'), ...line('y', 2)] });
    expect(dealOut([mixed], 9, new Map([['openai', 1]]), 0).map(({ id }) => id)).toEqual(['x0', 'y0', 'y1']);
    expect(dealOut([mixed], 9, new Map(), 0)).toHaveLength(5);
  });

  it('rank who has used less before who has used more', () => {
    const [first, second] = dealOut([waiting('a', 1, { usedSeconds: 5 }), waiting('b', 1)], 2, new Map(), 0);
    expect([first?.tenant, second?.tenant]).toEqual(['b', 'a']);
    expect(first?.rank).toBe(1);
    expect(second?.rank).toBe(501);
  });
});

/** Who is begun when, on one slot with jobs of a second, while `flood` jobs of another tenant wait. In jobs begun before. */
function waitsOf(own: number, flood: number): number[] {
  const use = { a: 0, b: 0 };
  const left = { a: line('a', flood), b: line('b', own) };
  const lastTurn = { a: 0, b: 0 };
  const waits: number[] = [];
  let begun = 0;
  const begin = (names: readonly ('a' | 'b')[], slots: number): void => {
    const tenants = names.map((name) =>
      waiting(name, 0, { waiting: left[name].slice(0, slots), usedSeconds: use[name], lastTurn: lastTurn[name] }),
    );
    for (const { id, tenant, turn } of dealOut(tenants, slots, new Map(), begun)) {
      const name = tenant === 'a' ? 'a' : 'b';
      left[name] = left[name].filter((each) => each.id !== id);
      if (name === 'b') waits.push(begun);
      use[name] += 1;
      lastTurn[name] = turn;
      begun += 1;
    }
    for (const name of ['a', 'b'] as const) use[name] = fadeUse(use[name], 1_000);
  };
  for (let second = 0; second < 120 && flood > 0; second += 1) begin(['a'], 1);
  const before = begun;
  while (left.b.length > 0) begin(['a', 'b'], 1);
  return waits.map((wait) => wait - before);
}

describe('a tenant beside one that floods', () => {
  it.each([1, 5, 20, 40])('waits at most twice as long as alone, at the 95th of 100, with %d jobs', (own) => {
    const p95 = (waits: number[]): number => waits.sort((x, y) => x - y)[Math.ceil(waits.length * 0.95) - 1] ?? NaN;
    expect(p95(waitsOf(own, 10_000)) + 1).toBeLessThanOrEqual(2 * (p95(waitsOf(own, 0)) + 1));
  });
});

describe('what was used', () => {
  it('counts half after its half-life, and never more than it was', () => {
    expect(fadeUse(8, USE_HALF_LIFE_MS)).toBe(4);
    expect(fadeUse(8, 0)).toBe(8);
    expect(fadeUse(8, -5)).toBe(8);
  });
});
