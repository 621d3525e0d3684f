import { describe, expect, it } from '@jest/globals';
import { readServerSentEvents, type ServerSentEvent } from './server-sent-events.js';

async function read(text: string, cutEvery: number): Promise<ServerSentEvent[]> {
  const bytes = new TextEncoder().encode(text);
  async function* parts(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += cutEvery) yield bytes.subarray(at, at + cutEvery);
  }
  const events: ServerSentEvent[] = [];
  for await (const event of readServerSentEvents(parts())) events.push(event);
  return events;
}

describe('readServerSentEvents', () => {
  it.each([1, 2, 3, 7, 1_000])('reads the same events however the bytes are cut (every %d)', async (cutEvery) => {
    const text = ': ping\r\ndata: {"a":"你好"}\r\n\r\nevent: error\ndata: one\ndata:two\n\n\n\ndata: [DONE]\n\n';
    expect(await read(text, cutEvery)).toEqual([
      { event: 'message', data: '{"a":"你好"}' },
      { event: 'error', data: 'one\ntwo' },
      { event: 'message', data: '[DONE]' },
    ]);
  });

  it('drops what was cut off before its blank line', async () => {
    expect(await read('data: a\n\ndata: b\n', 4)).toEqual([{ event: 'message', data: 'a' }]);
  });
});
