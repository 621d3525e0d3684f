/** The caller's request as this attempt may send it: with the plan's bound on the answer, and without its oldest turns. */
import type { AttemptOrder } from '@skein/contracts/provider';
import { RequestBody } from '@skein/contracts/wire';
import { editMembers } from './edit-json.js';
import { isObject } from './json.js';

/** Gives the very same body back where the plan asks for nothing. */
export function fitBody(
  body: RequestBody,
  { max_output_tokens, keep_share }: Pick<AttemptOrder, 'max_output_tokens' | 'keep_share'>,
): RequestBody {
  if (max_output_tokens === undefined && keep_share === undefined) return body;
  const asked = isObject(body.json) ? body.json : {};
  const messages = Array.isArray(asked['messages']) ? (asked['messages'] as unknown[]) : null;
  const set = {
    ...(max_output_tokens !== undefined && { max_completion_tokens: max_output_tokens }),
    ...(keep_share !== undefined && messages !== null && { messages: newestTurns(messages, keep_share) }),
  };
  return new RequestBody(editMembers(body.bytes, { set }));
}

/**
 * The instructions and the newest turns that together are about `share` of the whole. What stays begins with a word of the
 * user, so that no answer of a tool stands without its call; the last message always stays.
 */
export function newestTurns(messages: readonly unknown[], share: number): readonly unknown[] {
  const sizes = messages.map((message) => JSON.stringify(message).length);
  let room = share * sizes.reduce((sum, size) => sum + size, 0);
  const isInstruction = messages.map((message) => roleOf(message) === 'system' || roleOf(message) === 'developer');
  isInstruction.forEach((instructs, index) => (room -= instructs ? (sizes[index] ?? 0) : 0));
  let from = messages.length;
  for (let index = messages.length - 1; index >= 0; index -= 1) {
    if (isInstruction[index] === true) continue;
    room -= sizes[index] ?? 0;
    if (room < 0) break;
    from = index;
  }
  const last = messages.length - 1;
  while (from < last && roleOf(messages[from]) !== 'user') from += 1;
  const first = Math.min(from, last);
  return messages.filter((_message, index) => isInstruction[index] === true || index >= first);
}

function roleOf(message: unknown): unknown {
  return isObject(message) ? message['role'] : undefined;
}
