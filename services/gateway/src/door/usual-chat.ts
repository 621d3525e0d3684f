/**
 * Chat requests of the plain shape that most have, told without the schema, which writes a copy of all that it looks at.
 * What is not told here is not refused: the schema decides, and says why. Whatever is told here, the schema takes as it is.
 */
import type { ChatRequest } from '@skein/contracts/openai';

type Check = (value: unknown) => boolean;

const roles: ReadonlySet<unknown> = new Set(['system', 'developer', 'user', 'assistant', 'tool', 'function']);

const isBoolean: Check = (value) => typeof value === 'boolean';
const isText: Check = (value) => typeof value === 'string';
const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) > 0;
const upTo =
  (most: number): Check =>
  (value) =>
    typeof value === 'number' && value >= 0 && value <= most;

const checks = new Map<string, Check>([
  ['model', (value) => typeof value === 'string' && value !== ''],
  ['messages', areUsualMessages],
  ['stream', isBoolean],
  ['temperature', upTo(2)],
  ['top_p', upTo(1)],
  ['max_tokens', isCount],
  ['max_completion_tokens', isCount],
  ['user', isText],
]);

/** Has it a model, messages of plain text, and beside them nothing but the usual? `body` is parsed JSON. */
export function isUsualChat(body: unknown): body is ChatRequest {
  if (typeof body !== 'object' || body === null || !('model' in body) || !('messages' in body)) return false;
  for (const name in body) {
    const check = checks.get(name);
    if (check?.((body as Record<string, unknown>)[name]) !== true) return false;
  }
  return true;
}

function areUsualMessages(messages: unknown): boolean {
  if (!Array.isArray(messages) || messages.length === 0) return false;
  for (let at = 0; at < messages.length; at += 1) if (!isUsualMessage(messages[at])) return false;
  return true;
}

function isUsualMessage(message: unknown): boolean {
  if (typeof message !== 'object' || message === null) return false;
  for (const name in message) if (name !== 'role' && name !== 'content') return false;
  const { role, content } = message as Record<string, unknown>;
  return roles.has(role) && typeof content === 'string';
}
