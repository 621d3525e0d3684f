import { beforeEach, describe, expect, it } from '@jest/globals';
import type { AnnouncedVendor, Beat } from '@skein/contracts/wire';
import { FleetView } from './fleet-view.js';

const beatOf = (instance: string, rest: Partial<Beat> = {}): Beat => ({
  instance,
  rooms: [],
  vendors: [],
  draining: false,
  ...rest,
});
const openai = (concurrency = 4, mode: AnnouncedVendor['mode'] = 'live') => ({ vendor: 'openai', mode, concurrency });

describe('the fleet', () => {
  let now: number;
  let fleet: FleetView;
  let lost: string[];
  const self = beatOf('me', { rooms: ['gateway'] });

  beforeEach(() => {
    now = 10_000;
    lost = [];
    fleet = new FleetView(self, () => now);
    fleet.onLost((instance) => void lost.push(instance));
  });

  /** One beat's time passes, in which our own beat and those named come in. */
  const pass = (...beating: (string | Beat)[]) => {
    now += 500;
    for (const one of [self, ...beating]) {
      const beat = typeof one === 'string' ? beatOf(one) : one;
      fleet.take(beat.instance, new TextEncoder().encode(JSON.stringify(beat)));
    }
    fleet.turn();
  };

  it('knows who beats, and what they serve', () => {
    pass(beatOf('worker', { rooms: ['provider-openai'], vendors: [openai()] }));
    expect(fleet.isAlive('worker')).toBe(true);
    expect(fleet.isAlive('stranger')).toBe(false);
    expect([...fleet.rooms()].sort()).toEqual(['gateway', 'provider-openai']);
    expect(fleet.workersOf('openai')).toEqual([{ ...openai(), instance: 'worker' }]);
    expect(fleet.workersOf('anthropic')).toEqual([]);
  });

  it('keeps who misses two beats, and loses who misses three', () => {
    pass('worker');
    pass();
    pass();
    pass();
    expect(lost).toEqual([]);
    pass();
    expect(lost).toEqual(['worker']);
    expect(fleet.isAlive('worker')).toBe(false);
  });

  it('says so once, and forgets what the lost one offered', () => {
    pass(beatOf('worker', { vendors: [openai()] }));
    for (let beat = 0; beat < 10; beat += 1) pass();
    expect(lost).toEqual(['worker']);
    expect(fleet.workersOf('openai')).toEqual([]);
    expect(fleet.vendors().size).toBe(0);
  });

  it('never loses itself', () => {
    for (let beat = 0; beat < 10; beat += 1) pass();
    expect(fleet.isAlive('me')).toBe(true);
    expect(lost).toEqual([]);
  });

  it('loses nobody for its own nap', () => {
    pass('worker');
    now += 60_000;
    fleet.turn();
    expect(lost).toEqual([]);
    pass('worker');
    expect(lost).toEqual([]);
  });

  it('still loses who is silent after its own nap', () => {
    pass('worker');
    now += 60_000;
    fleet.turn();
    for (let beat = 0; beat < 4; beat += 1) pass();
    expect(lost).toEqual(['worker']);
  });

  it('loses nobody while it is cut off, and gives everyone time afterwards', () => {
    pass('worker');
    fleet.setConnected(false);
    for (let beat = 0; beat < 20; beat += 1) {
      now += 500;
      fleet.turn();
    }
    fleet.setConnected(true);
    pass();
    expect(lost).toEqual([]);
    for (let beat = 0; beat < 4; beat += 1) pass();
    expect(lost).toEqual(['worker']);
  });

  it('loses nobody while not even its own beats come back', () => {
    pass('worker');
    for (let beat = 0; beat < 20; beat += 1) {
      now += 500;
      fleet.turn();
    }
    expect(lost).toEqual([]);
    pass('worker');
    expect(lost).toEqual([]);
    for (let beat = 0; beat < 4; beat += 1) pass();
    expect(lost).toEqual(['worker']);
  });

  it('gives a draining worker nothing more, but still counts it as alive', () => {
    pass(beatOf('worker', { vendors: [openai()] }));
    pass(beatOf('worker', { vendors: [openai()], draining: true }));
    expect(fleet.workersOf('openai')).toEqual([]);
    expect(fleet.isAlive('worker')).toBe(true);
  });

  it('calls a vendor live when any of its workers is', () => {
    pass(beatOf('a', { vendors: [openai(1, 'sandbox')] }));
    expect(fleet.vendors()).toEqual(new Map([['openai', 'sandbox']]));
    pass(beatOf('a', { vendors: [openai(1, 'sandbox')] }), beatOf('b', { vendors: [openai(1, 'live')] }));
    expect(fleet.vendors()).toEqual(new Map([['openai', 'live']]));
  });

  it('remembers for a while that a vendor was here, and tells who starts meanwhile', () => {
    pass(beatOf('worker', { vendors: [openai()] }));
    expect(fleet.isAway('openai')).toBe(false);
    for (let beat = 0; beat < 5; beat += 1) pass();
    expect(fleet.isAway('openai')).toBe(true);
    expect(fleet.isAway('anthropic')).toBe(false);

    const newcomer = new FleetView(beatOf('new'), () => now);
    expect(newcomer.isAway('openai')).toBe(false);
    newcomer.hear(fleet.said());
    expect(newcomer.isAway('openai')).toBe(true);
    expect(newcomer.vendors().size).toBe(0);

    now += 600_000;
    newcomer.hear(fleet.said());
    expect([fleet.isAway('openai'), newcomer.isAway('openai')]).toEqual([false, false]);
    expect(fleet.said()).toBe(self);
  });

  it('misses nobody who is back', () => {
    fleet.hear(beatOf('other', { away: [{ vendor: 'openai', ago_ms: 2_000 }] }));
    expect(fleet.isAway('openai')).toBe(true);
    pass(beatOf('worker', { vendors: [openai()] }));
    expect(fleet.isAway('openai')).toBe(false);
  });

  it('knows why a room takes no work: only while none of its processes does', () => {
    pass(beatOf('a', { rooms: ['router'], refuses: 'full' }), beatOf('b', { rooms: ['router'] }));
    expect(fleet.refusalOf('router')).toBeNull();
    pass(
      beatOf('a', { rooms: ['router'], refuses: 'full' }),
      beatOf('b', { rooms: ['router'], vendors: [openai()], refuses: 'full too' }),
    );
    expect([fleet.refusalOf('router'), fleet.refusalOfWorkers()]).toEqual(['full', 'full too']);
    expect([fleet.refusalOf('nobody'), fleet.refusalOf('gateway')]).toEqual([null, null]);
  });

  it('says with its beats why it takes no work itself', () => {
    let refusal: string | null = null;
    const refusing = new FleetView(
      self,
      () => now,
      () => refusal,
    );
    expect(refusing.said()).toBe(self);
    refusal = 'the log is full';
    expect(refusing.said()).toMatchObject({ instance: 'me', refuses: 'the log is full' });
    expect(refusing.refusalOf('gateway')).toBe('the log is full');
  });

  it('is cut off while not even its own beats come back', () => {
    pass();
    expect(fleet.isCutOff).toBe(false);
    now += 1_600;
    expect(fleet.isCutOff).toBe(true);
    pass();
    expect(fleet.isCutOff).toBe(false);
    fleet.setConnected(false);
    expect(fleet.isCutOff).toBe(true);
  });

  it('tells of changes, not of every beat', () => {
    let changes = 0;
    const stop = fleet.onChange(() => void (changes += 1));
    pass(beatOf('worker', { vendors: [openai(4)] }));
    pass(beatOf('worker', { vendors: [openai(4)] }));
    expect(changes).toBe(1);
    pass(beatOf('worker', { vendors: [openai(8)] }));
    expect(changes).toBe(2);
    stop();
    pass(beatOf('worker', { vendors: [openai(9)] }));
    expect(changes).toBe(2);
  });

  it.each([
    ['noise under its name', 'noise'],
    ['what another says under its name', JSON.stringify(beatOf('other'))],
  ])('does not take %s for its beats, however often it comes', (_what, said) => {
    pass('worker');
    for (let beat = 0; beat < 4; beat += 1) {
      fleet.take('worker', new TextEncoder().encode(said));
      pass();
    }
    expect(lost).toEqual(['worker']);
  });

  it.each([undefined, null, 'beat', { instance: 'half' }, { ...beatOf('worker'), vendors: [{ vendor: 'x' }] }])(
    'takes no notice of %j',
    (noise) => {
      fleet.hear(noise);
      expect([...fleet.rooms()]).toEqual(['gateway']);
    },
  );
});
