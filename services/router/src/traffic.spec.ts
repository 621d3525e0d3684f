import { describe, expect, it } from '@jest/globals';
import type { Balance } from '@skein/contracts/router';
import { chain } from '../test/planned.js';
import { ask, NOW, world, type World } from '../test/small-world.js';
import { decideRoute } from './decide-route.js';
import { DeploymentLoads } from './deployment-loads.js';
import { ExpectedOutput } from './expected-output.js';
import { judgeRollout } from './judge-rollout.js';
import { QuotaBook } from './quota-book.js';
import { RollingWindow, type ArmSums } from './rolling-window.js';

const GOLDEN = 0.618_033_988_749_895;

describe('a pool', () => {
  const members = ['openai/big', 'anthropic/fine', 'google/thinker'];
  const pooled = (balance: Balance, rest: object = {}): World['policy'] => ({
    default: ['frontier', 'deepseek/cheap'],
    tasks: {},
    pools: { frontier: { models: members, balance, ...rest } },
  });
  const shares = (sketch: World, features = {}): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (let turn = 0; turn < 1_000; turn += 1) {
      const at = { ...sketch, turn: (turn * GOLDEN) % 1, chance: (turn * 0.754_877) % 1 };
      const [first = ''] = chain({ features }, at);
      counts[first] = (counts[first] ?? 0) + 1;
    }
    return counts;
  };

  it('weighted: takes turns in proportion to weight, what is left of the quota, and speed', () => {
    const counts = shares({
      policy: pooled('weighted', { weights: { 'openai/big': 2 } }),
      quota: { 'anthropic/fine': { requestsLeft: 50, tokensLeft: null, share: 0.5 } },
      health: { 'openai/big': { total_p50_ms: 200 }, 'google/thinker': { total_p50_ms: 100 } },
    });
    // Weights 2 × ½ of the fastest's speed, ½ of its quota, 1: two, one and two fifths.
    expect(counts['openai/big']).toBeGreaterThan(380);
    expect(counts['anthropic/fine']).toBeLessThan(220);
    expect(counts['google/thinker']).toBeGreaterThan(380);
  });

  it('region: takes the fastest first', () => {
    const health = Object.fromEntries(members.map((id, index) => [id, { total_p50_ms: 300 - 100 * index }]));
    expect(chain({}, { policy: pooled('region'), health }).slice(0, 3)).toEqual([...members].reverse());
  });

  it('least_in_flight: takes the one with least under way', () => {
    const load = { 'openai/big': { inFlight: 4, ewmaMs: null }, 'anthropic/fine': { inFlight: 2, ewmaMs: null } };
    expect(chain({}, { policy: pooled('least_in_flight'), load })[0]).toBe('google/thinker');
  });

  it('peak_ewma: of two drawn the less loaded, so that the slowest of three never leads and no one takes all', () => {
    const load = {
      'openai/big': { inFlight: 1, ewmaMs: 900 },
      'anthropic/fine': { inFlight: 1, ewmaMs: 100 },
      'google/thinker': { inFlight: 1, ewmaMs: 200 },
    };
    const counts = shares({ policy: pooled('peak_ewma'), load });
    expect(counts['openai/big']).toBeUndefined();
    expect(counts['anthropic/fine']).toBeGreaterThan(500);
    expect(counts['google/thinker']).toBeGreaterThan(200);
  });

  it('holds requests with the same long prefix to one member, while that is neither spent nor crowded', () => {
    const sketch: World = { policy: pooled('weighted') };
    const counts = shares(sketch, { prefix: 'abcd1234' });
    const [holder = ''] = Object.keys(counts);
    expect(counts).toEqual({ [holder]: 1_000 });
    const crowded = { [holder]: { inFlight: 50, ewmaMs: null } };
    expect(shares({ ...sketch, load: crowded }, { prefix: 'abcd1234' })).not.toHaveProperty(holder);
    const holders = Array.from({ length: 90 }, (_, n) => chain({ features: { prefix: `p${n}` } }, sketch)[0]);
    expect(new Set(holders).size).toBe(3);
  });

  it('keeps its places in the order, and can be asked for by its name', () => {
    expect(chain({ model: 'frontier' }, { policy: pooled('region') }).sort()).toEqual([...members].sort());
    expect(chain({}, { policy: pooled('weighted') })[3]).toBe('deepseek/cheap');
  });
});

describe('what a router hears of attempts', () => {
  it('answers’ lengths: starts from the catalogue and follows what it hears', () => {
    const expected = new ExpectedOutput();
    const before = expected.of('qa');
    for (let n = 0; n < 100; n += 1) expected.hear('qa', 50);
    expect(before).toBe(300);
    expect(expected.of('qa')).toBeCloseTo(50, -1);
    expect(expected.of('code')).toBe(700);
  });

  it('are not kept under way by a start that is heard after its end', () => {
    const loads = new DeploymentLoads();
    loads.finished('a', '1', 20, NOW);
    loads.started('a', '1', NOW + 80);
    expect(loads.of('a').inFlight).toBe(0);
    loads.started('a', '2', NOW + 80);
    expect(loads.of('a').inFlight).toBe(1);
  });

  it('flights and times: a peak counts at once and fades', () => {
    const loads = new DeploymentLoads();
    loads.started('a', '1', NOW);
    loads.started('a', '2', NOW);
    expect(loads.of('a').inFlight).toBe(2);
    loads.finished('a', '1', 100, NOW);
    loads.finished('a', '2', 1_000, NOW + 1);
    expect(loads.of('a')).toEqual({ inFlight: 0, ewmaMs: 1_000 });
    loads.finished('a', '3', 100, NOW + 5_000);
    const faded = loads.of('a').ewmaMs ?? 0;
    expect(faded).toBeLessThan(1_000);
    expect(faded).toBeGreaterThan(100);
  });

  it('quotas: over all keys, until the window begins anew', () => {
    const book = new QuotaBook();
    const quota = (requests_left: number) => ({
      requests_limit: 10,
      requests_left,
      tokens_limit: null,
      tokens_left: null,
      resets_in_ms: 1_000,
    });
    expect(book.of('a', NOW)).toBeUndefined();
    book.hear('a', 'key 1', quota(0), NOW);
    expect(book.of('a', NOW)).toEqual({ requestsLeft: 0, tokensLeft: null, share: 0, resetsInMs: 1_000 });
    book.hear('a', 'key 2', quota(5), NOW);
    expect(book.of('a', NOW)).toMatchObject({ requestsLeft: 5, share: 0.25 });
    expect(book.of('a', NOW + 1_000)).toBeUndefined();
  });
});

describe('the guard of a rollout', () => {
  const { compiled } = world({
    policy: {
      rollouts: [
        {
          name: 'next',
          kind: 'canary',
          of: 'openai/small',
          to: 'google/thinker',
          step_minutes: 10,
          guard: { min_attempts: 50, latency_factor: 1.5, cost_factor: 2 },
        },
      ],
    },
  });
  const [rollout] = compiled.rollouts;
  if (rollout === undefined) throw new Error('no rollout');
  const sums = (part: Partial<ArmSums>): ArmSums => ({
    attempts: 100,
    errors: 0,
    meanMs: 100,
    meanCostNanoUsd: 10,
    ...part,
  });
  const judge = (arm: Partial<ArmSums>, minutes = 0, step = 0) =>
    judgeRollout(rollout, { state: 'running', step }, minutes * 60_000, {
      arms: new Map([['google/thinker', sums(arm)]]),
      baseline: sums({}),
    });

  it.each<[string, Partial<ArmSums>, string]>([
    ['errors over 2 %', { errors: 3 }, '3 of 100 attempts'],
    ['answers that take longer', { meanMs: 151 }, '1.51 times as long'],
    ['answers that cost more', { meanCostNanoUsd: 21 }, '2.10 times as much'],
  ])('rolls back on %s', (_what, arm, reason) => {
    expect(judge(arm)).toEqual({ do: 'roll_back', reason: expect.stringContaining(reason) });
  });

  it('is content at the bounds, and concludes nothing from a few attempts', () => {
    expect(judge({ errors: 2, meanMs: 150, meanCostNanoUsd: 20 })).toEqual({ do: 'stay' });
    expect(judge({ attempts: 49, errors: 49 })).toEqual({ do: 'stay' });
  });

  it('goes on step by step, each in its time, to the whole', () => {
    expect(judge({}, 9)).toEqual({ do: 'stay' });
    expect(judge({}, 10)).toEqual({ do: 'advance', step: 1, state: 'running' });
    expect(judge({}, 10, 1)).toEqual({ do: 'advance', step: 2, state: 'running' });
    expect(judge({}, 10, 2)).toEqual({ do: 'advance', step: 2, state: 'done' });
    expect(judge({ attempts: 10 }, 60)).toEqual({ do: 'stay' });
  });

  it('counts its window only', () => {
    const window = new RollingWindow();
    window.add({ isError: true, totalMs: null, costNanoUsd: null }, NOW - 400_000);
    window.add({ isError: false, totalMs: 100, costNanoUsd: 7 }, NOW);
    expect(window.since(NOW - 300_000)).toEqual({ attempts: 1, errors: 0, meanMs: 100, meanCostNanoUsd: 7 });
  });
});

describe('a decision', () => {
  it('changes nothing that it reads', () => {
    const situation = world({ policy: { pools: { p: { models: ['openai/big', 'anthropic/fine'] } } } });
    const before = JSON.stringify(situation.compiled.defaults);
    for (let n = 0; n < 20; n += 1) decideRoute(ask(), situation);
    expect(JSON.stringify(situation.compiled.defaults)).toBe(before);
  });
});
