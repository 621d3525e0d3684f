// What Anthropic's clients sent and were answered, recorded, goes through a whole mesh: what reaches the vendor and what
// comes back must be what was recorded. The vendor is a server that answers as the recording did.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startMesh, type Mesh } from '@skein/testkit';
import { dataOf, goodChats, list, loose, tellEvents, tellMessage, type Loose, type Recording } from './recordings.js';

jest.setTimeout(120_000);

const recordings = goodChats('anthropic').filter(({ request, response }) => {
  const body = loose(request?.body);
  const streams = body.stream === true;
  const fits = streams === (response.body_kind === 'sse');
  return list(body.messages).length > 0 && fits;
});

let vendor: Server;
let mesh: Mesh;
let playing: Recording;
let heard: unknown;

beforeAll(async () => {
  vendor = createServer((request, reply) => {
    void readText(request).then((body) => {
      heard = JSON.parse(body);
      const { body_kind, body: answer } = playing.response;
      reply.setHeader('content-type', body_kind === 'sse' ? 'text/event-stream' : 'application/json');
      reply.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => vendor.listen(0, '127.0.0.1', resolve));
  const { port } = vendor.address() as AddressInfo;
  mesh = await startMesh({
    environment: { ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: `http://127.0.0.1:${port}`, SANDBOX: 'off' },
  });
});
afterAll(async () => {
  await mesh?.stop();
  vendor?.close();
});

/** A text stands for one block of it; turns of one role in a row are one turn. */
const blocksOf = (content: unknown): readonly Loose[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : list(content).map(plainBlock);

/** What says nothing is left out: an error that is none. A result of one text is that text. */
function plainBlock({ is_error, ...block }: Loose): Loose {
  const content = list(block.content);
  const [only] = content;
  const isPlain = block.type === 'tool_result' && content.length === 1 && only?.type === 'text';
  return { ...block, ...(is_error === true && { is_error }), ...(isPlain && { content: only.text }) };
}

/** A request as it means, whichever of the equal ways it is written. */
function meaningOf(request: unknown): Loose {
  const { stream, system, messages, tools, temperature, thinking, ...rest } = loose(request);
  const turns: { role: unknown; content: Loose[] }[] = [];
  for (const { role, content } of list(messages)) {
    const last = turns.at(-1);
    if (last !== undefined && last.role === role) last.content.push(...blocksOf(content));
    else turns.push({ role, content: [...blocksOf(content)] });
  }
  // Thinking is always at temperature 1, said or not.
  const isUsual = temperature === undefined || (thinking !== undefined && temperature === 1);
  return {
    ...rest,
    ...(system !== undefined && { system: blocksOf(system) }),
    messages: turns,
    stream: stream === true,
    ...(list(tools).length > 0 && {
      tools: list(tools).map(({ description, ...tool }) => ({ ...tool, ...(description !== '' && { description }) })),
    }),
    ...(thinking !== undefined && { thinking }),
    ...(!isUsual && { temperature }),
  };
}

describe('a client of Anthropic’s, through the mesh, to Anthropic', () => {
  it.each(recordings.map((recording) => [recording.name, recording] as const))('%s', async (_, recording) => {
    playing = recording;
    const asked = loose(recording.request?.body);
    const body = { ...asked, model: `anthropic/${String(asked.model)}` };
    const headers = { 'x-skein-cache': 'off' };
    const { body: answer } = recording.response;
    if (asked.stream === true) {
      const stream = await mesh.http.stream('/v1/messages', body, headers);
      expect(stream.status).toBe(200);
      const events = (await stream.rest()).map(({ data }) => JSON.parse(data) as unknown);
      expect(tellEvents(events)).toEqual(tellEvents(dataOf(String(answer))));
    } else {
      const { status, json } = await mesh.http.post('/v1/messages', body, headers);
      expect(status).toBe(200);
      expect(tellMessage(json)).toEqual(tellMessage(answer));
      expect(json).toMatchObject({ id: loose(answer).id, model: loose(answer).model, type: 'message' });
    }
    expect(meaningOf(heard)).toEqual(meaningOf(asked));
  });

  it('has recordings of both kinds', () => {
    const kinds = recordings.map(({ response }) => response.body_kind);
    expect(kinds.filter((kind) => kind === 'sse').length).toBeGreaterThan(10);
    expect(kinds.filter((kind) => kind === 'json').length).toBeGreaterThan(10);
  });
});
