import { CommandFailure } from '../failure.js';
import { statedFailure } from '../replies.js';
import { readHead, StreamReader, wholeAnswer, type Answer, type ChatBody, type Door } from './answer.js';
import type { HttpMesh } from './http-mesh.js';
import { readServerSentEvents } from './server-sent-events.js';

const PATH = '/v1/chat/completions';

/** Chat completions over HTTP. The connection pool belongs to the `HttpMesh`, which outlives the door. */
export function openHttpDoor(mesh: HttpMesh, now: () => number = () => performance.now()): Door {
  return {
    send: (body, onText) =>
      body['stream'] === true ? sendStream(mesh, body, now, onText) : sendWhole(mesh, body, now),
    close: () => Promise.resolve(),
  };
}

async function sendWhole(mesh: HttpMesh, body: ChatBody, now: () => number): Promise<Answer> {
  const startedAt = now();
  const reply = await mesh.post(PATH, body);
  return wholeAnswer(readHead(reply.header), reply.body, now() - startedAt);
}

async function sendStream(
  mesh: HttpMesh,
  body: ChatBody,
  now: () => number,
  onText: ((text: string) => void) | undefined,
): Promise<Answer> {
  const reader = new StreamReader(now, onText);
  const { header, bytes } = await mesh.postStream(PATH, body);
  try {
    for await (const { event, data } of readServerSentEvents(bytes)) {
      if (event === 'error') throw statedFailure(parseError(data), null);
      if (data === '[DONE]') return reader.finish(readHead(header));
      reader.take(data);
    }
  } catch (cause) {
    if (cause instanceof CommandFailure) throw cause;
    throw new CommandFailure(`The connection broke in mid-answer: ${String(cause)}`, 'stream_cut');
  }
  throw new CommandFailure('The stream ended without saying that it was over', 'stream_cut');
}

function parseError(data: string): unknown {
  try {
    return JSON.parse(data) as unknown;
  } catch {
    return undefined;
  }
}
