import { beforeEach, describe, expect, it } from '@jest/globals';
import { SkeinError } from '@skein/contracts/errors';
import type { SwitchRequest } from '@skein/contracts/sink';
import { ToldAnswer, textChunk } from '../../test/told-answer.js';
import { KEPT_BYTES } from './answer-stream.js';

const switchTo = (
  attempt_no: number,
  mode: SwitchRequest['mode'],
  rest: Partial<SwitchRequest> = {},
): SwitchRequest => ({
  request_id: 'r',
  attempt_no,
  mode,
  notice: `to ${attempt_no}`,
  error: null,
  ...rest,
});

let answer: ToldAnswer;
let a: ReturnType<ToldAnswer['worker']>;
let b: ReturnType<ToldAnswer['worker']>;
beforeEach(() => {
  answer = new ToldAnswer();
  a = answer.worker(1);
  b = answer.worker(2);
});

describe('a fence', () => {
  it('before anything was shown drops the attempt for good, and says it was not committed', () => {
    a.head();
    a.preamble();
    expect(answer.stream.fence(1)).toEqual({
      gone: false,
      committed: false,
      last_seq: 1,
      text_so_far: '',
      only_text: true,
    });
    a.text('late');
    a.end();
    expect(answer.heard).toEqual([]);
    b.text('b1');
    b.end();
    expect(answer.heard).toEqual(['chunk b1', 'succeeded']);
  });

  it('around an attempt that was never heard of holds too', () => {
    expect(answer.stream.fence(1)).toMatchObject({ gone: false, committed: false, last_seq: -1 });
    a.text('late');
    expect(answer.heard).toEqual([]);
  });

  it('after the commit says what the customer has seen, and drops what comes after', () => {
    a.preamble('{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}');
    a.text('one ');
    a.text('two');
    expect(answer.stream.fence(1)).toEqual({
      gone: false,
      committed: true,
      last_seq: 2,
      text_so_far: 'one two',
      only_text: true,
    });
    a.text('late');
    a.end();
    expect(answer.heard).toEqual(['chunk ', 'chunk one ', 'chunk two']);
  });

  it('around one attempt leaves another, committed one alone', () => {
    b.text('b1');
    expect(answer.stream.fence(1)).toMatchObject({ committed: false, text_so_far: '' });
    b.end();
    expect(answer.heard).toEqual(['chunk b1', 'succeeded']);
  });

  it('after the end finds nothing', () => {
    a.text('one');
    a.end();
    expect(answer.stream.fence(1)).toMatchObject({ gone: true, committed: false });
  });

  it('says when more than text was shown: that cannot be continued', () => {
    a.bytes('chunk', new TextEncoder().encode('{"choices":[{"delta":{"tool_calls":[{"index":0}]}}]}'), true);
    expect(answer.stream.fence(1)).toMatchObject({ committed: true, only_text: false });
  });

  it('says so too of an answer too long to be kept', () => {
    for (let shown = 0; shown <= KEPT_BYTES; shown += 1024 * 1024)
      a.bytes('chunk', textChunk('x'.repeat(1024 * 1024)), true);
    expect(answer.stream.fence(1)).toMatchObject({ committed: true, only_text: false });
  });
});

describe('a switch', () => {
  it('lets another attempt go on from what was shown, with its first word', () => {
    a.head();
    a.text('one ');
    answer.stream.fence(1);
    answer.stream.switchTo(switchTo(2, 'continue'));
    a.text('late');
    b.head();
    b.preamble('p');
    b.text('two');
    b.usage(3);
    b.end();
    expect(answer.heard).toEqual(['head 1', 'chunk one ', 'notice to 2', 'chunk p', 'chunk two', 'succeeded']);
    expect(answer.end.usage?.cost_nano_usd).toBe(3);
  });

  it('can be followed by another, with all that was shown until then', () => {
    a.text('one ');
    answer.stream.fence(1);
    answer.stream.switchTo(switchTo(2, 'continue'));
    b.text('two ');
    expect(answer.stream.fence(2)).toMatchObject({ committed: true, text_so_far: 'one two ' });
    answer.stream.switchTo(switchTo(3, 'continue'));
    b.text('late');
    const c = answer.worker(3);
    c.text('three');
    c.end();
    expect(answer.heard.filter((word) => word.startsWith('chunk'))).toEqual([
      'chunk one ',
      'chunk two ',
      'chunk three',
    ]);
  });

  it('starts anew where nothing was shown', () => {
    a.preamble();
    answer.stream.fence(1);
    answer.stream.switchTo(switchTo(2, 'restart'));
    b.text('b1');
    b.end();
    expect(answer.heard).toEqual(['notice to 2', 'chunk b1', 'succeeded']);
  });

  it.each([
    ['a word', 'one'],
    ['more than is kept', 'x'.repeat(KEPT_BYTES)],
  ])('refuses to start anew where %s was shown', (_what, text) => {
    a.text(text);
    answer.stream.fence(1);
    answer.stream.switchTo(switchTo(2, 'restart'));
    expect(answer.end).toMatchObject({ status: 'failed', error: { code: 'internal' }, committed: true });
  });

  it('to an error ends the answer with it', () => {
    a.text('one');
    answer.stream.fence(1);
    const error = new SkeinError('vendor_stream_cut', 'it broke off', { source: 'vendor', vendor: 'v' }).toWire();
    answer.stream.switchTo(switchTo(1, 'error', { error }));
    expect(answer.heard).toEqual(['chunk one', 'failed vendor_stream_cut']);
    expect(answer.end.error).toMatchObject({ message: 'it broke off', vendor: 'v' });
  });

  it('to an error without a reason still ends it', () => {
    answer.stream.switchTo(switchTo(1, 'error'));
    expect(answer.heard).toEqual(['failed all_attempts_failed']);
  });
});

describe('the conductor’s last word', () => {
  it('ends an answer that was waiting for it after an error frame', () => {
    a.text('one');
    a.error('vendor_stream_cut');
    answer.stream.fail(new SkeinError('vendor_stream_cut', 'x'));
    expect(answer.heard).toEqual(['chunk one', 'failed vendor_stream_cut']);
  });

  it('calls a cancelled request cancelled', () => {
    answer.stream.fail(new SkeinError('cancelled', 'x'));
    expect(answer.end.status).toBe('cancelled');
  });
});
