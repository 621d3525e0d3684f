// The sandbox's own API under /__sandbox: knobs per vendor, and the audit.
import type { Audit } from './audit.js';
import { parseJson } from './json.js';
import type { KnobBoard } from './knob-board.js';
import { KnobError, readKnobs } from './knobs.js';

const MOST_ENTRIES = 10_000;

export interface ControlReply {
  status: number;
  body: unknown;
}

/** Answers one control request; `path` is what follows `/__sandbox`. */
export function control(
  method: string,
  path: string,
  query: URLSearchParams,
  body: string,
  board: KnobBoard,
  audit: Audit,
): ControlReply {
  const vendor = /^\/vendors\/([^/]+)\/knobs$/.exec(path)?.[1];
  if (vendor !== undefined) return controlKnobs(method, vendor, body, board);
  if (path === '/served' && method === 'GET') {
    const limit = Math.min(MOST_ENTRIES, Math.max(1, wholeNumber(query.get('limit'), MOST_ENTRIES)));
    return { status: 200, body: audit.since(wholeNumber(query.get('since'), 0), limit) };
  }
  if (path === '/served' && method === 'DELETE') {
    audit.reset();
    return { status: 200, body: { reset: true } };
  }
  if (path === '/stats' && method === 'GET') return { status: 200, body: audit.stats() };
  if (path === '/healthz') return { status: 200, body: { status: 'ok' } };
  return { status: 404, body: { error: `no control endpoint ${method} ${path}` } };
}

function wholeNumber(text: string | null, otherwise: number): number {
  const value = Number(text ?? otherwise);
  return Number.isInteger(value) && value >= 0 ? value : otherwise;
}

function controlKnobs(method: string, vendor: string, body: string, board: KnobBoard): ControlReply {
  if (method === 'DELETE') board.reset(vendor);
  if (method === 'PUT') {
    try {
      board.set(vendor, readKnobs(parseJson(body)));
    } catch (error) {
      if (error instanceof KnobError) return { status: 400, body: { error: error.message } };
      throw error;
    }
  }
  return { status: 200, body: board.of(vendor) };
}
