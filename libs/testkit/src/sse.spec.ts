import { describe, expect, it } from '@jest/globals';
import { readSse, type SseEvent } from './sse.js';

async function read(...pieces: string[]): Promise<SseEvent[]> {
  const events: SseEvent[] = [];
  const source = (async function* () {
    yield* pieces;
  })();
  for await (const event of readSse(source)) events.push(event);
  return events;
}

describe('server-sent events', () => {
  it('are read whole, wherever the pieces were cut', async () => {
    const text = 'data: {"a":1}\n\n: a comment\n\nevent: error\ndata: no\n\ndata: [DONE]\n\n';
    const expected = [
      { event: 'message', data: '{"a":1}' },
      { event: 'error', data: 'no' },
      { event: 'message', data: '[DONE]' },
    ];
    expect(await read(text)).toEqual(expected);
    expect(await read(...text)).toEqual(expected);
  });

  it('are not made of what was cut off', async () => {
    expect(await read('data: one\n\ndata: tw')).toEqual([{ event: 'message', data: 'one' }]);
  });
});
