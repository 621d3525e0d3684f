import { describe, expect, it } from '@jest/globals';
import type { SkeinError } from '@skein/contracts/errors';
import { DoorQueue, type Arrival, type DoorLimits, type Place } from './door-queue.js';

const limits: DoorLimits = { inFlight: 1, waiting: 2, waitMs: 60_000, bodyBytes: 1_000 };
const from = (tenant: string, priority: Arrival['priority'] = 'normal', bytes = 1): Arrival => ({
  tenant,
  priority,
  bytes,
});

class Door {
  now = 0;
  readonly queue: DoorQueue;
  readonly heard: string[] = [];
  readonly places = new Map<string, Place>();

  constructor(changes: Partial<DoorLimits> = {}) {
    this.queue = new DoorQueue({ ...limits, ...changes }, () => this.now);
  }

  /** Comes to the door; what becomes of it is heard under its name. */
  come(name: string, arrival: Arrival): Promise<void> {
    return this.queue.enter(arrival).then(
      (place) => {
        this.places.set(name, place);
        this.heard.push(`${name} in`);
      },
      (error: SkeinError) => void this.heard.push(`${name} ${error.code} ${error.retryAfterMs}`),
    );
  }

  async leave(name: string): Promise<void> {
    this.places.get(name)?.leave();
    await new Promise(setImmediate);
  }
}

describe('a full gateway', () => {
  it('lets the waiting in by priority, then the tenant with the least under way, then by time', async () => {
    const door = new Door({ inFlight: 2, waiting: 10 });
    await door.come('a1', from('a'));
    await door.come('b1', from('b'));
    void door.come('a2', from('a'));
    void door.come('a3', from('a'));
    void door.come('c1', from('c'));
    void door.come('low', from('d', 'low'));
    void door.come('high', from('a', 'high'));
    for (const name of ['b1', 'high', 'c1', 'a2', 'a1', 'a3']) await door.leave(name);
    expect(door.heard).toEqual(['a1 in', 'b1 in', 'high in', 'c1 in', 'a2 in', 'a3 in', 'low in']);
  });

  it('turns newcomers away when the queue is full, by the rate at which places become free', async () => {
    const door = new Door();
    for (let count = 0; count < 20; count += 1) {
      door.now = count * 500;
      await door.come('early', from('a'));
      await door.leave('early');
    }
    await door.come('one', from('a'));
    void door.come('two', from('a'));
    void door.come('three', from('a'));
    door.heard.length = 0;
    await door.come('four', from('a'));
    // Two a second become free, and three wait or want to.
    expect(door.heard).toEqual(['four rate_limit_exceeded 1425']);
  });

  it('turns away the lower priority, or the tenant that takes up most, for a newcomer', async () => {
    const door = new Door();
    await door.come('a1', from('a'));
    void door.come('a2', from('a'));
    void door.come('a3', from('a'));
    void door.come('b1', from('b'));
    await new Promise(setImmediate);
    expect(door.heard).toEqual(['a1 in', 'a3 rate_limit_exceeded 5000']);
    void door.come('b2', from('b', 'low'));
    void door.come('high', from('a', 'high'));
    await new Promise(setImmediate);
    expect(door.heard.slice(2)).toEqual(['b2 rate_limit_exceeded 5000', 'a2 rate_limit_exceeded 5000']);
  });

  it('lets nobody wait for longer than it says', async () => {
    const door = new Door({ waitMs: 5 });
    await door.come('one', from('a'));
    await door.come('two', from('a'));
    expect(door.heard).toEqual(['one in', 'two rate_limit_exceeded 5000']);
    expect(door.queue.waiting).toBe(0);
  });

  it('holds no more bytes than it can, yet always lets a single large one in', async () => {
    const door = new Door({ inFlight: 10 });
    await door.come('large', from('a', 'normal', 2_000));
    await door.come('small', from('b', 'high', 1));
    await door.leave('large');
    await door.come('again', from('b', 'normal', 999));
    expect(door.heard).toEqual(['large in', 'small rate_limit_exceeded 5000', 'again in']);
  });

  it('counts a place that is given back once only', async () => {
    const door = new Door();
    await door.come('one', from('a'));
    await door.leave('one');
    await door.leave('one');
    expect(door.queue.inFlight).toBe(0);
  });
});
