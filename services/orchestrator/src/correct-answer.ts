/** Asking a model again for an answer that broke its form. Pure. */
import { RequestBody } from '@skein/contracts/wire';

const MOST_QUOTED = 20_000;

/**
 * The customer's request with one turn more: what was wrong, and what the model had written. One user turn, since every
 * vendor takes it, where a broken tool call of an assistant turn would itself be refused.
 */
export function askAgain(body: RequestBody, rejected: string, problem: string): RequestBody {
  const request = body.json as Record<string, unknown>;
  const messages = Array.isArray(request['messages']) ? (request['messages'] as unknown[]) : [];
  const content =
    `Your last answer cannot be used: ${problem}\nIt was:\n${rejected.slice(0, MOST_QUOTED)}\n` +
    'Answer again, in exactly the form that was asked for, and write nothing else.';
  return RequestBody.of({ ...request, messages: [...messages, { role: 'user', content }] });
}
