import { describe, expect, it } from '@jest/globals';
import { fact } from '@skein/contracts/make';
import { headerNames } from '@skein/contracts/wire';
import { z } from 'zod';
import { HeardFacts } from './heard-facts.js';

const Counted = fact({
  subject: 'skein.fact.test.counted.v1',
  body: z.object({ n: z.int() }),
  idOf: ({ n }) => `${n}`,
});
const { subject } = Counted;
const message = (messageId: string, text: string) => ({
  subject,
  data: new TextEncoder().encode(text),
  headers: { get: (name: string) => (name === headerNames.messageId ? messageId : '') },
});

function heardBy(...filters: readonly string[]): HeardFacts {
  const heard = new HeardFacts();
  for (const filter of filters) heard.addReader(filter);
  return heard;
}

describe('facts that a process hears', () => {
  it('are read once for all its readers', () => {
    const heard = heardBy(subject, 'skein.fact.>', 'skein.fact.test.other.v1');
    const first = heard.read(message('m1', '[{"n":1},{"n":2}]'));
    expect(first.map(({ body }) => body)).toEqual([{ n: 1 }, { n: 2 }]);
    expect(heard.read(message('m1', '[{"n":1},{"n":2}]'))).toBe(first);
  });

  it('are the bodies themselves where the process has stated them', () => {
    const heard = heardBy(subject);
    const body = { n: 1 };
    heard.remember(subject, 'm1', [{ body, json: '{"n":1.0}' }]);
    const [read] = heard.read(message('m1', '[{"n":1}]'));
    expect(read?.check(Counted)).toEqual({ success: true, data: body });
    expect(read?.body).toBe(body);
    expect(read?.json).toBe('{"n":1.0}');
    expect(new HeardFacts().read(message('m2', '[{"n":1.0}]'))[0]?.json).toBe('{"n":1}');
  });

  it('are forgotten once every reader has had them, and never kept without one', () => {
    const heard = heardBy(subject, subject);
    const leave = heard.addReader(subject);
    leave();
    const stated = [{ body: { n: 1 }, json: '{"n":1}' }];
    heard.remember(subject, 'm1', stated);
    const given = [1, 2, 3].map(() => heard.read(message('m1', '[{"n":1}]')));
    expect(given[1]).toBe(given[0]);
    expect(given[2]).not.toBe(given[0]);
    const unread = new HeardFacts();
    unread.remember(subject, 'm1', stated);
    expect(unread.read(message('m1', '[{"n":2}]'))[0]?.body).toEqual({ n: 2 });
  });

  it('are checked where another process has', () => {
    const [wrong, right] = new HeardFacts().read(message('m1', '[{"n":"one"},{"n":1}]'));
    expect(wrong?.check(Counted).success).toBe(false);
    expect(right?.check(Counted)).toEqual({ success: true, data: { n: 1 } });
  });

  it('are forgotten, oldest first, and then read from the message again', () => {
    const heard = heardBy(subject);
    const group = Array.from({ length: 3_000 }, (_, n) => ({ body: { n }, json: `{"n":${n}}` }));
    heard.remember(subject, 'old', group);
    heard.remember(subject, 'new', group);
    expect(heard.read(message('old', '[{"n":7}]'))[0]?.body).toEqual({ n: 7 });
    expect(heard.read(message('new', '[{"n":7}]'))).toHaveLength(3_000);
  });

  it('are none in what is no list', () => {
    expect(new HeardFacts().read(message('m1', 'not JSON'))).toEqual([]);
    expect(new HeardFacts().read({ subject, data: new TextEncoder().encode('{}') })).toEqual([]);
  });
});
