import { expect, it } from '@jest/globals';
import { VendorCircuits } from './vendor-circuits.js';

const NOW = 1_700_000_000_000;
const good = { answered: true, ms: 80 };
const bad = { answered: false, ms: 20 };
const slow = { answered: true, ms: 501 };
const only = (circuits: VendorCircuits) => circuits.report()[0];

it.each([
  ['fail', bad],
  ['take longer than the bound', slow],
])('opens for a whole vendor when three probes in a row %s', (_what, probe) => {
  const circuits = new VendorCircuits(500);
  expect(circuits.hearProbe('openai', probe, NOW)).toBeNull();
  circuits.hearProbe('openai', probe, NOW + 1);
  expect(circuits.hearProbe('openai', probe, NOW + 2)).toMatchObject({ model: null, to: 'open', why: 'probe' });
  expect(only(circuits)).toMatchObject({ circuit: 'open', until: NOW + 2 + 30_000 });
});

it('does not hold it against anybody when most vendors are slow: the trouble is on our side', () => {
  const circuits = new VendorCircuits(500);
  for (let turn = 0; turn < 6; turn += 1) for (const vendor of ['a', 'b', 'c']) circuits.hearProbe(vendor, slow, NOW);
  expect(
    circuits
      .report()
      .filter(({ circuit }) => circuit === 'open')
      .map(({ vendor }) => vendor),
  ).toEqual([]);
});

it('is half open after its rest and closes after two good probes', () => {
  const circuits = new VendorCircuits(500);
  for (let turn = 0; turn < 3; turn += 1) circuits.hearProbe('openai', bad, NOW);
  expect(circuits.tick(NOW + 30_000)).toMatchObject([{ to: 'half_open', why: 'time_over' }]);
  circuits.hearProbe('openai', good, NOW + 60_000);
  expect(circuits.hearProbe('openai', good, NOW + 120_000)).toMatchObject({ to: 'closed', why: 'answered' });
});

it('obeys the operator above the probes, and forgets the word when its time is over', () => {
  const circuits = new VendorCircuits(500);
  expect(circuits.takeOut('openai', NOW + 5_000)).toMatchObject({ to: 'open', why: 'operator' });
  circuits.hearProbe('openai', good, NOW);
  expect(only(circuits)).toMatchObject({ circuit: 'open', taken_out_until: NOW + 5_000 });
  expect(circuits.tick(NOW + 5_000)).toMatchObject([{ to: 'closed' }]);
  circuits.takeOut('openai', NOW + 9_000);
  expect(circuits.takeOut('openai', null)).toMatchObject({ to: 'closed' });
});

it('takes over from another health room who is out', () => {
  const one = new VendorCircuits(500);
  one.takeOut('openai', NOW + 5_000);
  const other = new VendorCircuits(500);
  const figures = { attempts: 0, errors: 0, rate_limited: 0, consecutive_errors: 0 };
  const latencies = { first_byte_p50_ms: null, first_byte_p95_ms: null, total_p50_ms: null, total_p95_ms: null };
  other.adopt(
    one.report().map((standing) => ({ ...standing, ...figures, ...latencies })),
    NOW,
  );
  expect(only(other)).toMatchObject({ circuit: 'open', taken_out_until: NOW + 5_000 });
  expect(other.tick(NOW + 5_000)).toMatchObject([{ to: 'closed' }]);
});
