import { describe, expect, it } from '@jest/globals';
import { Buffer } from 'node:buffer';
import { SseOverflow, SseReader } from './sse-reader.js';

function read(text: string | Buffer, readBytes: number, maxEventBytes = 1_000): [string, string][] {
  const seen: [string, string][] = [];
  const reader = new SseReader(({ event, data }) => seen.push([event, data.toString('utf8')]), maxEventBytes);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += readBytes) reader.feed(bytes.subarray(at, at + readBytes));
  reader.end();
  return seen;
}

describe.each([1, 2, 3, 7, 10_000])('server-sent events read %i bytes at a time', (readBytes) => {
  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('end their lines with %s', (_, end) => {
    const lines = ['event: a', 'data: one', '', ': a comment', 'data:two', 'id: 7', '', 'data: three', ''];
    expect(read(lines.join(end) + end, readBytes)).toEqual([
      ['a', 'one'],
      ['message', 'two'],
      ['message', 'three'],
    ]);
  });

  it('join the lines of one event’s data', () => {
    expect(read('data: {"a":\ndata:  1}\n\n', readBytes)).toEqual([['message', '{"a":\n 1}']]);
  });

  it('keep characters whole that lie across reads', () => {
    expect(read('data: 你好 🙂\n\n', readBytes)).toEqual([['message', '你好 🙂']]);
  });

  it('give an event whose blank line never came', () => {
    expect(read('data: [DONE]', readBytes)).toEqual([['message', '[DONE]']]);
    expect(read('data: [DONE]\n', readBytes)).toEqual([['message', '[DONE]']]);
  });

  it('forget the name of an event without data', () => {
    expect(read('event: lost\n\ndata: x\n\n', readBytes)).toEqual([['message', 'x']]);
  });

  it('pass over a byte order mark, and fields nobody knows', () => {
    expect(read('\ufeffdata: x\nwhatever\nretry: 3\n\n', readBytes)).toEqual([['message', 'x']]);
  });

  it('refuse an event beyond their bound, in one line or in many', () => {
    expect(() => read(`data: ${'x'.repeat(2_000)}`, readBytes)).toThrow(SseOverflow);
    expect(() => read('data: xxxxxxxxx\n'.repeat(200), readBytes)).toThrow(SseOverflow);
  });

  it('have no bound on how many events there are', () => {
    expect(read('data: xxxxxxxxx\n\n'.repeat(200), readBytes)).toHaveLength(200);
  });
});
