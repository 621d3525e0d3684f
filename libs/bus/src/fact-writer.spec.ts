import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { fact } from '@skein/contracts/make';
import { z } from 'zod';
import { FACT_BACKLOG, FactTooLarge, FactWriter } from './fact-writer.js';
import { TimerWheel } from './timer-wheel.js';

const Counted = fact({
  subject: 'skein.fact.test.counted.v1',
  body: z.object({ id: z.string(), text: z.string().optional() }),
  idOf: (body) => body.id,
});
const Other = fact({
  subject: 'skein.fact.test.other.v1',
  body: z.object({ id: z.string() }),
  idOf: (body) => body.id,
});

interface Publication {
  readonly subject: string;
  readonly messageId: string;
  readonly ids: string[];
  acknowledge(): void;
  refuse(): void;
  refuseForGood(): void;
}

describe('stating facts', () => {
  let publications: Publication[];
  let writer: FactWriter;
  let wheel: TimerWheel;
  let stated: string[];

  beforeEach(() => {
    jest.useFakeTimers({ now: 0 });
    publications = [];
    stated = [];
    wheel = new TimerWheel(() => Date.now());
    writer = new FactWriter(
      (subject, messageId, group) =>
        new Promise((resolve, reject) => {
          const ids = (JSON.parse(group) as { id: string }[]).map(({ id }) => id);
          publications.push({
            subject,
            messageId,
            ids,
            acknowledge: resolve,
            refuse: () => reject(new Error('away')),
            refuseForGood: () => reject(new FactTooLarge()),
          });
        }),
      (ms, run) => wheel.after(ms, run),
    );
  });
  afterEach(() => {
    wheel.stop();
    jest.useRealTimers();
  });

  const settle = () => jest.advanceTimersByTimeAsync(0);
  const state = (id: string, text?: string) =>
    void writer.state(Counted, { id, ...(text !== undefined && { text }) }).then(() => stated.push(id));
  const latest = (): Publication => {
    const last = publications.at(-1);
    if (last === undefined) throw new Error('nothing was published');
    return last;
  };

  it('publishes at once when nothing is under way, and resolves with the acknowledgement', async () => {
    state('a');
    await settle();
    expect(latest().ids).toEqual(['a']);
    expect(stated).toEqual([]);
    latest().acknowledge();
    await settle();
    expect(stated).toEqual(['a']);
    expect(writer.backlog).toBe(0);
  });

  it('sends what one turn states in one message, and what gathers meanwhile in the next, in order', async () => {
    for (const id of ['a', 'b']) state(id);
    expect(publications).toEqual([]);
    await settle();
    for (const id of ['c', 'd']) state(id);
    await settle();
    expect(publications.map(({ ids }) => ids)).toEqual([['a', 'b']]);
    latest().acknowledge();
    await settle();
    expect(publications.map(({ ids }) => ids)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    latest().acknowledge();
    await settle();
    expect(stated).toEqual(['a', 'b', 'c', 'd']);
  });

  it('keeps the subjects apart: one that waits does not hold up another', async () => {
    state('a');
    void writer.state(Other, { id: 'o' });
    await settle();
    expect(publications.map(({ subject }) => subject)).toEqual([Counted.subject, Other.subject]);
  });

  it('sends a refused group again as it was, under the same message id, and what came later after it', async () => {
    state('b');
    await settle();
    state('c');
    const first = latest();
    first.refuse();
    await settle();
    state('d');
    await jest.advanceTimersByTimeAsync(150);
    expect(latest()).toMatchObject({ ids: first.ids, messageId: first.messageId });
    expect(latest()).not.toBe(first);
    latest().acknowledge();
    await settle();
    expect(latest().ids).toEqual(['c', 'd']);
  });

  it('gives every group a message id of its own', async () => {
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      state(id);
      await settle();
      latest().acknowledge();
      await settle();
    }
    expect(new Set(publications.map(({ messageId }) => messageId)).size).toBe(5);
  });

  it('goes on trying, less and less often, for as long as it takes', async () => {
    state('a');
    await settle();
    for (let time = 0; time < 30; time += 1) {
      latest().refuse();
      await jest.advanceTimersByTimeAsync(2_100);
    }
    expect(publications.length).toBeGreaterThan(20);
    latest().acknowledge();
    await settle();
    expect(writer.backlog).toBe(0);
  });

  it('lets the caller go on when the fact is safe in the backlog', async () => {
    state('a');
    await settle();
    latest().refuse();
    await jest.advanceTimersByTimeAsync(1_900);
    expect(stated).toEqual([]);
    await jest.advanceTimersByTimeAsync(200);
    expect(stated).toEqual(['a']);
    expect(writer.backlog).toBe(1);
  });

  it('keeps nobody waiting for what is refused: in the backlog it is as safe as it will be', async () => {
    state('a');
    await settle();
    latest().refuse();
    await settle();
    state('b');
    await jest.advanceTimersByTimeAsync(50);
    expect(stated).toEqual(['b']);
    await jest.advanceTimersByTimeAsync(100);
    latest().acknowledge();
    await settle();
    latest().acknowledge();
    await settle();
    state('c');
    await jest.advanceTimersByTimeAsync(1_900);
    expect(stated).toEqual(['b', 'a']);
    expect(writer.backlog).toBe(1);
  });

  it('gives a fact that no message can carry back to who states it; it holds up nobody else', async () => {
    state('before');
    await settle();
    const failed: unknown[] = [];
    state('b');
    void writer.state(Counted, { id: 'huge' }).catch((error: unknown) => failed.push(error));
    state('c');
    latest().acknowledge();
    await settle();
    expect(latest().ids).toEqual(['b', 'huge', 'c']);
    latest().refuseForGood();
    await settle();
    latest().acknowledge();
    await settle();
    expect(latest().ids).toEqual(['huge']);
    latest().refuseForGood();
    await settle();
    expect(failed).toMatchObject([{ code: 'internal' }]);
    latest().acknowledge();
    await settle();
    expect(stated).toEqual(['before', 'b', 'c']);
    expect(writer.backlog).toBe(0);
  });

  it('counts nothing that cannot be said at all', async () => {
    const endless: { id: string; text?: string; self?: unknown } = { id: 'endless' };
    endless.self = endless;
    await expect(writer.state(Counted, endless)).rejects.toThrow(TypeError);
    expect(writer.backlog).toBe(0);
  });

  it('never makes a message too large: by number, and by size', async () => {
    state('first');
    await settle();
    for (let n = 0; n < 150; n += 1) state(`small-${n}`);
    latest().acknowledge();
    await settle();
    expect(latest().ids).toHaveLength(100);
    latest().acknowledge();
    await settle();
    expect(latest().ids).toHaveLength(50);
    for (const id of ['x', 'y', 'z']) state(id, 'long'.repeat(25_000));
    const sizes: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      latest().acknowledge();
      await settle();
      sizes.push(latest().ids.length);
    }
    expect(sizes).toEqual([1, 1, 1]);
  });

  it('refuses new facts when the backlog is full, and takes them again when there is room', async () => {
    for (let n = 0; n < FACT_BACKLOG; n += 1) state(`f-${n}`);
    expect(writer.takesFacts).toBe(false);
    await expect(writer.state(Counted, { id: 'one too many' })).rejects.toMatchObject({ code: 'unavailable' });
    await settle();
    latest().acknowledge();
    await settle();
    expect(writer.takesFacts).toBe(true);
  });

  it('closes when everything is acknowledged', async () => {
    state('a');
    await settle();
    state('b');
    let closed = false;
    void writer.close(10_000).then(() => (closed = true));
    latest().acknowledge();
    await settle();
    expect(closed).toBe(false);
    latest().acknowledge();
    await settle();
    expect(closed).toBe(true);
    await expect(writer.state(Counted, { id: 'late' })).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('does not wait for ever on its way out', async () => {
    state('a');
    let closed = false;
    void writer.close(500).then(() => (closed = true));
    await jest.advanceTimersByTimeAsync(600);
    expect(closed).toBe(true);
  });
});
