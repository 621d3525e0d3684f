/** The mesh's record of one request, which is complete a moment after the answer. */
import { setTimeout as pause } from 'node:timers/promises';
import { inputTokens, outputTokens } from '@skein/contracts/attempt';
import type { HttpMesh } from './doors/http-mesh.js';
import { CommandFailure } from './failure.js';
import { readReply, requestReply, type RequestReply } from './replies.js';

const TRIES = 12;
const FIRST_PAUSE_MS = 25;

/** Asks until the record is complete: its facts travel beside the answer, not before it. Throws `CommandFailure` when it stays away. */
export async function fetchRecord(mesh: HttpMesh, requestId: string): Promise<RequestReply> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const record = await lookUp(mesh, requestId);
    if (record !== null && record.status !== 'running') return record;
    await pause(Math.min(1_000, FIRST_PAUSE_MS * 2 ** attempt));
  }
  throw new CommandFailure(`The record of ${requestId} did not arrive`, 'record_missing');
}

/** Tokens read and written, over all attempts of the request; a cache hit used none. */
export function recordTokens(record: RequestReply): { input: number; output: number } {
  if (record.usage === null) return { input: 0, output: 0 };
  return { input: inputTokens(record.usage), output: outputTokens(record.usage) };
}

async function lookUp(mesh: HttpMesh, requestId: string): Promise<RequestReply | null> {
  try {
    return readReply(requestReply, await mesh.get(`/v1/requests/${encodeURIComponent(requestId)}`), 'The record');
  } catch (cause) {
    if (cause instanceof CommandFailure && cause.status === 404) return null;
    throw cause;
  }
}
