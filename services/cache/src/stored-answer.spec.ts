import { describe, expect, it } from '@jest/globals';
import type { AnswerOrigin } from '@skein/contracts/cache';
import { isWorthKeeping, packAnswer, readHead, unpackAnswer } from './stored-answer.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const chunk = (index: number, finish_reason: string | null, content = 'said: "finish_reason": "stop"') =>
  JSON.stringify({ choices: [{ index, delta: { content }, finish_reason }] });
const stream = (...chunks: string[]) => bytes(chunks.join('\n'));

describe('a stream is worth keeping', () => {
  it('when every choice came to a good end', () => {
    expect(isWorthKeeping('chunks', stream(chunk(0, null), chunk(0, 'stop')))).toBe(true);
    expect(isWorthKeeping('chunks', stream(chunk(0, 'stop'), chunk(1, null), chunk(1, 'length')))).toBe(true);
    expect(isWorthKeeping('chunks', bytes('{"choices":[{"delta":{},"finish_reason" : "tool_calls"}]}'))).toBe(true);
  });

  it.each([
    ['it never ended', stream(chunk(0, null))],
    ['one choice was filtered', stream(chunk(0, 'stop'), chunk(1, 'content_filter'))],
    ['its end cannot be read', stream(chunk(0, null), '{"choices":[{"finish_reason":"stop"')],
    ['it is empty', stream('')],
  ])('but not when %s', (_name, answer) => {
    expect(isWorthKeeping('chunks', answer)).toBe(false);
  });
});

describe('a packed answer', () => {
  const origin: AnswerOrigin = {
    vendor: 'openai',
    model: 'gpt-4o',
    request_id: 'req_0',
    usage: null,
    finish_reason: 'stop',
    stored_at: 1,
  };
  const answer = { form: 'chunks' as const, origin, bytes: bytes('one\ntwo\n') };

  it('comes back as it was', () => {
    const unpacked = unpackAnswer(packAnswer(answer));
    expect({ ...unpacked, bytes: new TextDecoder().decode(unpacked?.bytes) }).toEqual({
      ...answer,
      bytes: 'one\ntwo\n',
    });
  });

  it('tells where it came from by its beginning, and nothing by less', () => {
    const packed = packAnswer(answer);
    expect(readHead(packed.subarray(0, packed.indexOf(10) + 1))).toEqual({ form: 'chunks', origin });
    expect(readHead(packed.subarray(0, 20))).toBeNull();
    expect(unpackAnswer(bytes('something else\nof another'))).toBeNull();
  });
});
