import { describe, expect, it } from '@jest/globals';
import type { AttemptFinishedFact } from '@skein/contracts/attempt';
import { errorTable, type ErrorCode } from '@skein/contracts/errors';
import { deploymentHealth } from '@skein/contracts/health';
import { circuitRules } from './circuit.js';
import { Deployments } from './deployments.js';

const NOW = 1_700_000_000_000;

const finished = (sketch: Partial<AttemptFinishedFact> = {}): AttemptFinishedFact => ({
  attempt_id: 'att_1',
  request_id: 'req_1',
  attempt_no: 1,
  kind: 'live',
  caller: { tenant: 't', project: null, key_id: 'k', user: null, cost_center: null },
  vendor: 'openai',
  model: 'gpt-4o',
  task: null,
  at: NOW,
  outcome: 'finished',
  usage: null,
  usage_source: 'none',
  cost_nano_usd: null,
  price_revision: 'p',
  finish_reason: 'stop',
  first_byte_ms: 120,
  total_ms: 900,
  stream: true,
  sandboxed: true,
  model_served: null,
  vendor_request_id: null,
  error: null,
  instance: 'w',
  ...sketch,
});
const failed = (code: ErrorCode, retryAfterMs?: number): AttemptFinishedFact =>
  finished({
    outcome: 'failed',
    error: {
      code,
      message: 'no',
      source: code.startsWith('vendor') || code === 'content_refused' ? 'vendor' : 'skein',
      ...(retryAfterMs !== undefined && { retry_after_ms: retryAfterMs }),
    },
  });

const heard = (facts: readonly AttemptFinishedFact[], now = NOW): Deployments => {
  const deployments = new Deployments();
  for (const fact of facts) deployments.hear(fact, now);
  return deployments;
};
const only = (deployments: Deployments, now = NOW) => deployments.report(now)[0];

describe('what is held against a vendor', () => {
  const codes = Object.keys(errorTable) as ErrorCode[];

  it.each(codes.filter((code) => errorTable[code].blamesVendor))('%s is an error', (code) => {
    expect(only(heard([failed(code)]))).toMatchObject({ attempts: 1, errors: 1, consecutive_errors: 1 });
  });

  it.each(['vendor_refused', 'content_refused'] as const)('%s is an answer', (code) => {
    expect(only(heard([failed('vendor_failed'), failed(code)]))).toMatchObject({
      attempts: 2,
      errors: 1,
      consecutive_errors: 0,
    });
  });

  it.each(['worker_lost', 'internal', 'frame_gap', 'unavailable'] as const)('%s, our own doing, is nothing', (code) => {
    expect(only(heard([failed(code)]))).toBeUndefined();
  });

  it('a cancelled attempt is nothing, and neither is one of which we lost sight', () => {
    expect(only(heard([finished({ outcome: 'cancelled' }), finished({ outcome: 'unknown' })]))).toBeUndefined();
  });

  it('a rate limit is counted as such', () => {
    expect(only(heard([failed('vendor_rate_limited')]))).toMatchObject({ rate_limited: 1, errors: 1 });
  });
});

describe('latencies', () => {
  it('of the first byte are learned from streams only', () => {
    expect(only(heard([finished({ stream: false })]))).toMatchObject({
      first_byte_p50_ms: null,
      total_p50_ms: expect.any(Number),
    });
    expect(only(heard([finished({ stream: true })]))?.first_byte_p50_ms).not.toBeNull();
  });

  it('of failures are not learned', () => {
    expect(only(heard([failed('vendor_timeout')]))).toMatchObject({ first_byte_p50_ms: null, total_p50_ms: null });
  });
});

describe('circuits', () => {
  const three = [failed('vendor_failed'), failed('vendor_failed'), failed('vendor_failed')];

  it('are kept apart by vendor and model', () => {
    const deployments = heard([...three, finished({ model: 'other' }), finished({ vendor: 'azure' })]);
    expect(deployments.report(NOW).map(({ vendor, model, circuit }) => `${vendor}/${model} ${circuit}`)).toEqual([
      'azure/gpt-4o closed',
      'openai/gpt-4o open',
      'openai/other closed',
    ]);
  });

  it('tell when they change, and only then', () => {
    const deployments = heard(three.slice(1));
    expect(deployments.hear(failed('vendor_failed'), NOW).circuits).toMatchObject([
      { from: 'closed', to: 'open', why: 'consecutive_errors' },
    ]);
    expect(deployments.hear(failed('vendor_failed'), NOW).circuits).toEqual([]);
    expect(deployments.tick(NOW).circuits).toEqual([]);
    expect(deployments.tick(NOW + circuitRules.restMs).circuits).toMatchObject([
      { from: 'open', to: 'half_open', why: 'time_over' },
    ]);
  });

  it('wait for the moment the vendor named', () => {
    const deployments = heard([...three.slice(1), failed('vendor_rate_limited', 120_000)]);
    expect(only(deployments)).toMatchObject({ circuit: 'open', until: NOW + 120_000 });
  });

  it('start with a clean slate once they close', () => {
    const deployments = heard(three);
    const later = NOW + circuitRules.restMs;
    deployments.hear(finished(), later);
    expect(deployments.hear(finished(), later).circuits).toMatchObject([{ from: 'half_open', to: 'closed' }]);
    expect(only(deployments, later)).toMatchObject({ circuit: 'closed', until: null, attempts: 0, errors: 0 });
    deployments.hear(failed('vendor_failed'), later);
    expect(only(deployments, later)?.circuit).toBe('closed');
  });

  it('open for a model that is much slower than usual, and do not open again for the same slowness', () => {
    const deployments = heard(Array.from({ length: 20 }, () => finished({ first_byte_ms: 300 })));
    const later = NOW + 6 * 60_000;
    const slow = () => deployments.hear(finished({ first_byte_ms: 2_000 }), later).circuits;
    for (let count = 1; count < 10; count += 1) expect(slow()).toEqual([]);
    expect(slow()).toMatchObject([{ to: 'open', why: 'latency' }]);
    const rested = later + circuitRules.restMs;
    deployments.hear(finished({ first_byte_ms: 300 }), rested);
    expect(deployments.hear(finished({ first_byte_ms: 300 }), rested).circuits).toMatchObject([{ to: 'closed' }]);
    expect(deployments.hear(finished({ first_byte_ms: 300 }), rested).circuits).toEqual([]);
  });

  it('outlive the process that opened them', () => {
    const next = new Deployments();
    next.restore(heard(three).report(NOW), NOW + 1_000);
    expect(only(next, NOW + 1_000)).toMatchObject({ circuit: 'open', until: NOW + circuitRules.restMs });
  });
});

it('forgets what nobody has used for an hour', () => {
  const deployments = heard([finished()]);
  deployments.tick(NOW + 2 * 3_600_000);
  expect(deployments.report(NOW)).toEqual([]);
});

it('reports what its contract says', () => {
  for (const health of heard([finished(), failed('vendor_failed')]).report(NOW)) {
    expect(deploymentHealth.parse(health)).toEqual(health);
  }
});

describe('a model that errs too often to bear, and not often enough to rest', () => {
  const mixed = (answers: number, errors: number) => [
    ...Array.from({ length: answers }, () => finished()),
    ...Array.from({ length: errors }, () => [failed('vendor_failed'), finished()]).flat(),
  ];

  it('gives way to its backups, says so once, and comes back when it is well', () => {
    const deployments = heard(mixed(98, 2));
    const { rollbacks, circuits } = deployments.hear(failed('vendor_failed'), NOW);
    expect({ rollbacks, circuits }).toEqual({
      rollbacks: [{ vendor: 'openai', model: 'gpt-4o', rolledBack: true }],
      circuits: [],
    });
    expect(only(deployments)).toMatchObject({ circuit: 'closed', rolled_back: true });
    expect(deployments.tick(NOW + 6 * 60_000).rollbacks).toMatchObject([{ rolledBack: false }]);
    expect(only(deployments, NOW + 6 * 60_000)?.rolled_back).toBeUndefined();
  });
});

describe('figures', () => {
  it('are kept by key and region too, and for the vendor as a whole', () => {
    const deployments = heard([
      finished({ key: '1 of 2 (aa)', region: 'eu' }),
      { ...failed('vendor_rate_limited'), key: '2 of 2 (bb)', region: 'eu' },
      finished({ model: 'other', key: null, region: null }),
    ]);
    const figures = deployments
      .groups(NOW)
      .map(({ by, name, attempts, rate_limited }) => [by, name, attempts, rate_limited]);
    expect(figures).toEqual([
      ['key', '1 of 2 (aa)', 1, 0],
      ['key', '2 of 2 (bb)', 1, 1],
      ['region', 'eu', 2, 1],
    ]);
    expect(deployments.figuresOf('openai', NOW)).toMatchObject({ attempts: 3, errors: 1, rate_limited: 1 });
    expect(deployments.figuresOf('nobody', NOW)).toMatchObject({ attempts: 0 });
  });
});
