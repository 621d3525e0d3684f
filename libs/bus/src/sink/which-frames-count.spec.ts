import { describe, expect, it } from '@jest/globals';
import { ToldAnswer } from '../../test/told-answer.js';

type Worker = ReturnType<ToldAnswer['worker']>;

/** What is sent (a, b: the workers of attempts 1 and 2), and all that the customer hears of it. */
const rules: [string, (a: Worker, b: Worker, answer: ToldAnswer) => void, string[]][] = [
  [
    'an answer is told in order: who, then what, then that it is over',
    (a) => (a.head(), a.text('one'), a.text('two'), a.usage(), a.end()),
    ['head 1', 'chunk one', 'chunk two', 'succeeded'],
  ],
  ['nothing is told before the first content', (a) => (a.head(), a.preamble(), a.tell('slow today')), []],
  [
    'what came before the first content is told with it, once',
    (a) => (a.head(), a.preamble('p1'), a.preamble('p2'), a.tell('n'), a.text('one')),
    ['head 1', 'notice n', 'chunk p1', 'chunk p2', 'chunk one'],
  ],
  [
    'the first content commits its attempt; frames of others are dropped',
    (a, b) => (a.head(), b.head(), b.text('b1'), a.text('a1'), a.end(), b.text('b2'), b.end()),
    ['head 2', 'chunk b1', 'chunk b2', 'succeeded'],
  ],
  [
    'a preamble alone commits nothing',
    (a, b) => (a.preamble(), b.head(), b.text('b1'), b.end()),
    ['head 2', 'chunk b1', 'succeeded'],
  ],
  [
    'an end without content is an answer: its preamble is shown',
    (a) => (a.head(), a.preamble('only a role'), a.usage(), a.end()),
    ['head 1', 'chunk only a role', 'succeeded'],
  ],
  [
    'notices of the committed attempt are told as they come',
    (a) => (a.text('one'), a.tell('n')),
    ['chunk one', 'notice n'],
  ],
  [
    'a whole answer commits and ends at once',
    (a) => (a.head(), a.usage(), a.whole('{"answer":1}'), a.end()),
    ['head 1', 'whole {"answer":1}', 'succeeded'],
  ],
  [
    'parts are put together with the last of them',
    (a) => (a.part('{"ans'), a.part('wer'), a.whole('":1}')),
    ['whole {"answer":1}', 'succeeded'],
  ],
  [
    'the whole of another attempt than the committed one is dropped',
    (a, b) => (a.text('one'), b.whole('x')),
    ['chunk one'],
  ],
  ['who answers can be read from the usage alone', (a) => (a.usage(), a.text('one')), ['head 1', 'chunk one']],
  [
    'a lost frame of the committed attempt is an error, never silence',
    (a) => (a.text('one'), a.lose(), a.text('three'), a.end()),
    ['chunk one', 'failed frame_gap'],
  ],
  [
    'a frame that comes twice is a fault in the numbers too',
    (a) => (a.text('one'), a.repeat(), a.text('one')),
    ['chunk one', 'failed frame_gap'],
  ],
  [
    'a lost frame before any content fails that attempt alone',
    (a, b) => (a.head(), a.lose(), a.text('a2'), a.end(), b.text('b1'), b.end()),
    ['chunk b1', 'succeeded'],
  ],
  ['frames after a lost one do not heal the attempt', (a) => (a.lose(), a.text('x'), a.text('y'), a.end()), []],
  [
    'an error frame waits for the word of the conductor',
    (a) => (a.text('one'), a.error('vendor_stream_cut')),
    ['chunk one'],
  ],
  [
    'an error frame before any content leaves the field to others',
    (a, b) => (a.error('vendor_failed'), b.text('b'), b.end()),
    ['chunk b', 'succeeded'],
  ],
  [
    'frames after the end are dropped',
    (a, b) => (a.text('one'), a.end(), a.text('late'), a.end(), b.text('late too'), b.end()),
    ['chunk one', 'succeeded'],
  ],
  [
    'a customer who leaves hears nothing more',
    (a, _b, answer) => (a.text('one'), answer.stream.leave(), a.text('two'), a.end()),
    ['chunk one', 'cancelled cancelled'],
  ],
  [
    'a word that is not readable is passed over',
    (a) => (a.bytes('notice', garbage), a.bytes('usage', garbage), a.text('one')),
    ['chunk one'],
  ],
  [
    'customers are told of a switch by the sink, not by workers',
    (a) => (a.text('one'), a.bytes('switch', garbage), a.end()),
    ['chunk one', 'succeeded'],
  ],
];

const garbage = new TextEncoder().encode('{');

describe('which frames count', () => {
  it.each(rules)('%s', (_rule, send, heard) => {
    const answer = new ToldAnswer();
    send(answer.worker(1), answer.worker(2), answer);
    expect(answer.heard).toEqual(heard);
  });

  it('a vendor that sends preamble without end is cut off; others may still answer', () => {
    const answer = new ToldAnswer();
    const [a, b] = [answer.worker(1), answer.worker(2)];
    for (let n = 0; n < 70; n += 1) a.preamble();
    a.text('too late');
    expect(answer.heard).toEqual([]);
    expect(answer.stream.failureOf(1)).toMatchObject({ code: 'vendor_malformed' });
    b.text('b1');
    expect(answer.heard).toEqual(['chunk b1']);
  });

  it('an unreadable error frame is still the vendor’s failure', () => {
    const answer = new ToldAnswer();
    answer.worker(1).bytes('error', garbage);
    expect(answer.stream.failureOf(1)).toMatchObject({ code: 'vendor_failed' });
  });

  it('the end tells who answered, what it used, and what was shown', () => {
    const answer = new ToldAnswer();
    const a = answer.worker(1);
    a.head();
    a.text('one');
    a.usage(7);
    a.end();
    expect(answer.end).toMatchObject({
      status: 'succeeded',
      head: { vendor: 'vendor-1' },
      usage: { cost_nano_usd: 7 },
      error: null,
      committed: true,
      kept: { form: 'chunks' },
    });
    expect(JSON.parse(Buffer.from(answer.end.kept?.bytes ?? []).toString())).toMatchObject({
      choices: [{ delta: { content: 'one' } }],
    });
  });

  it('the end of an answer that never began says so', () => {
    const answer = new ToldAnswer();
    answer.stream.leave();
    expect(answer.end).toMatchObject({ status: 'cancelled', head: null, usage: null, committed: false, kept: null });
  });

  it('ends once, whoever else says it is over', () => {
    const answer = new ToldAnswer();
    const a = answer.worker(1);
    a.text('one');
    a.end();
    answer.stream.leave();
    answer.stream.switchTo({ request_id: 'r', attempt_no: 1, mode: 'error', notice: 'x', error: null });
    expect(answer.ends).toHaveLength(1);
  });

  it('a whole larger than the mesh can carry is refused, not put together', () => {
    const answer = new ToldAnswer();
    const a = answer.worker(1);
    const part = new Uint8Array(16 * 1024 * 1024);
    for (let n = 0; n < 5; n += 1) a.bytes('part', part);
    a.whole('}');
    expect(answer.heard).toEqual(['failed answer_too_large']);
  });
});
