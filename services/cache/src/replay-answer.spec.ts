import { describe, expect, it } from '@jest/globals';
import { noticeFrame, usageFrame, type AnswerHead } from '@skein/contracts/attempt';
import { jsonBytes, tryParse } from './json.js';
import { playedFrames, type PlayedFrame } from './replay-answer.js';
import type { StoredAnswer } from './stored-answer.js';

const head: AnswerHead = {
  attempt_id: 'att_1',
  attempt_no: 1,
  vendor: 'openai',
  model: 'asked',
  reason: 'an exact answer was in the cache',
  cache: 'hit',
  notices: [],
};
const usage = {
  input_uncached: 9,
  cache_read: 0,
  cache_write_5m: 0,
  cache_write_1h: 0,
  audio_in: 0,
  image_in: 0,
  output: 12,
  reasoning: 0,
  audio_out: 0,
};
const origin = {
  vendor: 'anthropic',
  model: 'served',
  request_id: 'req_0',
  usage,
  finish_reason: 'stop',
  stored_at: 1_700_000_000_000,
};
const body = { id: 'x', object: 'chat.completion', created: 1, model: 'served' };
const message = { role: 'assistant', content: 'Hello' };
const toldUsage = { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 };
const whole: StoredAnswer = {
  origin,
  form: 'whole',
  bytes: jsonBytes({
    ...body,
    choices: [{ index: 0, message, logprobs: null, finish_reason: 'stop' }],
    usage: toldUsage,
  }),
};
const chunkTexts = [
  '{"id":"x",  "object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}',
  '{"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Hello"}}]}',
  '{"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}',
];
const usageText = '{"id":"x","object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":9}}';
const stored = (texts: readonly string[]): StoredAnswer => ({
  origin,
  form: 'chunks',
  bytes: new TextEncoder().encode(texts.join('\n')),
});

const play = (answer: StoredAnswer, stream: boolean, includeUsage?: boolean): readonly PlayedFrame[] => {
  const frames = playedFrames(answer, { stream, includeUsage, head }, 1.5);
  if (frames === null) throw new Error('nothing was played');
  return frames;
};
const kinds = (frames: readonly PlayedFrame[]) => frames.map(({ kind }) => kind);
const textsOf = (frames: readonly PlayedFrame[], kind: PlayedFrame['kind']) =>
  frames.filter((frame) => frame.kind === kind).map(({ payload }) => new TextDecoder().decode(payload));

describe('a replayed stream', () => {
  it('is head, chunks, usage and end, and commits with its first content', () => {
    const frames = play(stored(chunkTexts), true);
    expect(kinds(frames)).toEqual(['notice', 'chunk', 'chunk', 'chunk', 'usage', 'end']);
    expect(frames.map(({ hasContent }) => hasContent)).toEqual([false, false, true, false, false, false]);
  });

  it('gives stored chunks byte for byte', () => {
    expect(textsOf(play(stored(chunkTexts), true), 'chunk')).toEqual(chunkTexts);
  });

  it('says who answered, and that it was a hit', () => {
    const [first] = play(stored(chunkTexts), true);
    expect(noticeFrame.parse(tryParse(first?.payload ?? new Uint8Array()))).toMatchObject({
      notice: 'head',
      head: { vendor: 'anthropic', model: 'served', cache: 'hit', attempt_id: 'att_1' },
    });
  });

  it.each<[string, StoredAnswer, boolean | undefined, number]>([
    ['was stored and nothing is said', stored([...chunkTexts, usageText]), undefined, 4],
    ['was stored and is wanted', stored([...chunkTexts, usageText]), true, 4],
    ['was stored and is not wanted', stored([...chunkTexts, usageText]), false, 3],
    ['was not stored and is wanted', stored(chunkTexts), true, 4],
    ['was not stored and nothing is said', stored(chunkTexts), undefined, 3],
  ])('tells usage where it %s', (_what, answer, includeUsage, count) => {
    expect(textsOf(play(answer, true, includeUsage), 'chunk')).toHaveLength(count);
  });

  it('can be made of a whole answer, with the usage its vendor told', () => {
    const chunks = textsOf(play(whole, true, true), 'chunk').map((text) => JSON.parse(text) as Record<string, unknown>);
    expect(chunks).toHaveLength(3);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: toldUsage });
  });
});

describe('a replayed whole answer', () => {
  it('is usage and the stored bytes as they were', () => {
    const frames = play(whole, false);
    expect(kinds(frames)).toEqual(['usage', 'whole']);
    expect(frames[1]).toMatchObject({ hasContent: true, payload: whole.bytes });
  });

  it('can be made of chunks, with the usage that was recorded', () => {
    const [text] = textsOf(play(stored(chunkTexts), false), 'whole');
    expect(JSON.parse(text ?? '')).toMatchObject({
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason: 'stop' }],
      usage: { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 },
    });
  });
});

describe('the usage of a replay', () => {
  it.each([true, false])('is the origin’s and costs nothing (stream: %s)', (stream) => {
    const frame = play(whole, stream).find(({ kind }) => kind === 'usage');
    expect(usageFrame.parse(tryParse(frame?.payload ?? new Uint8Array()))).toMatchObject({
      usage,
      usage_source: 'provider',
      cost_nano_usd: 0,
      finish_reason: 'stop',
    });
  });
});

it('plays nothing of what it cannot read', () => {
  const broken = { ...whole, bytes: new TextEncoder().encode('{"half') };
  expect(playedFrames(broken, { stream: true, includeUsage: undefined, head }, 0)).toBeNull();
  expect(playedFrames({ ...broken, form: 'chunks' }, { stream: false, includeUsage: undefined, head }, 0)).toBeNull();
});
