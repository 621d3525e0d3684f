import type { JobEventView } from '@skein/contracts/jobs';
import type { FastifyReply } from 'fastify';
import { eventStreamHeaders } from './sse.js';

/** One look at a job's events: what came after `after`, and whether anything will follow. */
type Look = (after: string | null, waitMs?: number) => Promise<{ events: JobEventView[]; ended: boolean }>;

/** Between looks that failed: a room restarts, and the stream goes on where it was. */
const RETRY_MS = 500;
const MOST_FAILURES = 20;

/**
 * A job's events as server-sent events, each with its id, until the job has ended. The first look refuses as any call does;
 * after it the stream outlasts the rooms behind it.
 */
export async function streamJobEvents(reply: FastifyReply, lastEventId: string | null, look: Look): Promise<void> {
  const first = await look(lastEventId, 0);
  const { raw: response } = reply;
  reply.hijack();
  response.writeHead(200, eventStreamHeaders);
  let after = lastEventId;
  let failures = 0;
  for (let found = first; ;) {
    for (const event of found.events) {
      after = event.id;
      response.write(`id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event.data)}\n\n`);
    }
    if (found.ended || response.destroyed) break;
    // A comment: it keeps the connection in use while nothing happens.
    if (found.events.length === 0) response.write(': waiting\n\n');
    try {
      found = await look(after);
      failures = 0;
    } catch {
      failures += 1;
      if (response.destroyed || failures > MOST_FAILURES) break;
      found = { events: [], ended: false };
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
  response.end();
}
