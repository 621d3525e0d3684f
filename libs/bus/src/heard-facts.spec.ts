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

describe('facts that a process hears', () => {
  it('are read once for all its readers', () => {
    const heard = new HeardFacts();
    const first = heard.read(message('m1', '[{"n":1},{"n":2}]'));
    expect(first.map(({ body }) => body)).toEqual([{ n: 1 }, { n: 2 }]);
    expect(heard.read(message('m1', '[{"n":1},{"n":2}]'))).toBe(first);
  });

  it('are the bodies themselves where the process has stated them', () => {
    const heard = new HeardFacts();
    const body = { n: 1 };
    heard.remember(subject, 'm1', [body]);
    const [read] = heard.read(message('m1', '[{"n":1}]'));
    expect(read?.check(Counted)).toEqual({ success: true, data: body });
    expect(read?.body).toBe(body);
  });

  it('are checked where another process has', () => {
    const [wrong, right] = new HeardFacts().read(message('m1', '[{"n":"one"},{"n":1}]'));
    expect(wrong?.check(Counted).success).toBe(false);
    expect(right?.check(Counted)).toEqual({ success: true, data: { n: 1 } });
  });

  it('are forgotten, oldest first, and then read from the message again', () => {
    const heard = new HeardFacts();
    const group = Array.from({ length: 3_000 }, (_, n) => ({ n }));
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
