// Which lines may share a call, and what they have in common. Pure.
import { createHash } from 'node:crypto';

/** A line that may be merged: what it has in common with others of the same `key`, and what is its own. */
export interface Mergeable {
  /** Equal for lines that differ in nothing but their input. */
  readonly key: string;
  /** Its last message, the only thing in which lines of a call differ. */
  readonly input: string;
  /** Messages before it, the same in all of them. */
  readonly before: readonly Readonly<Record<string, unknown>>[];
  /** The caller's own bound on its answer, in tokens. */
  readonly bound: number | null;
}

export interface NotMergeable {
  readonly reason: string;
}

/**
 * Fields that mean the same of one answer and of many in one. Any other may not: tools, several choices, a form of its own,
 * log probabilities, a stop sequence or a penalty of one would be felt by all.
 */
const SHARED_FIELDS: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'temperature',
  'top_p',
  'max_tokens',
  'max_completion_tokens',
  'metadata',
  'user',
  'reasoning_effort',
  'verbosity',
  'service_tier',
  'store',
]);

/** Fields that say nothing at these values. */
const silent: Readonly<Record<string, (value: unknown) => boolean>> = {
  n: (value) => value === 1,
  stream: (value) => value === false,
  logprobs: (value) => value === false,
  frequency_penalty: (value) => value === 0,
  presence_penalty: (value) => value === 0,
  tools: (value) => Array.isArray(value) && value.length === 0,
  stop: (value) => Array.isArray(value) && value.length === 0,
  response_format: (value) => isRecord(value) && value['type'] === 'text',
};

/** Reads the body of a line, which was checked when it came in. `at` is where it would go: `vendor/model`. */
export function readMergeable(body: Readonly<Record<string, unknown>>, at: string): Mergeable | NotMergeable {
  const own = Object.entries(body).find(([field, value]) => !isShared(field, value));
  if (own !== undefined) return { reason: `"${own[0]}" is for one answer alone` };
  const messages = body['messages'];
  if (!Array.isArray(messages) || !messages.every(isRecord)) return { reason: 'it has no messages' };
  const odd = messages.find((message) => !isPlain(message));
  if (odd !== undefined) return { reason: 'a message holds more than text' };
  const last = messages.at(-1);
  if (last?.['role'] !== 'user') return { reason: 'its last message is not the user\u2019s' };
  if (last['name'] !== undefined) return { reason: 'its last message has a name' };
  const input = textOf(last['content']);
  if (input.trim() === '') return { reason: 'its last message is empty' };
  const before = messages.slice(0, -1);
  const shared = Object.entries(body).filter(([field]) => field !== 'messages' && !Object.hasOwn(silent, field));
  return { key: hashOf([at, before, shared.sort(byName)]), input, before, bound: boundOf(body) };
}

function isShared(field: string, value: unknown): boolean {
  return SHARED_FIELDS.has(field) || value === null || silent[field]?.(value) === true;
}

function isPlain(message: Readonly<Record<string, unknown>>): boolean {
  const { role, content } = message;
  if (message['tool_calls'] !== undefined || role === 'tool' || role === 'function') return false;
  if (typeof content === 'string') return true;
  return Array.isArray(content) && content.every((part) => isRecord(part) && isPlainPart(part));
}

/** A part with a mark on it (a vendor's cache control) is more than its text. */
function isPlainPart(part: Readonly<Record<string, unknown>>): boolean {
  return part['type'] === 'text' && typeof part['text'] === 'string' && Object.keys(part).length === 2;
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  const parts = content as readonly { readonly text: string }[];
  return parts.map(({ text }) => text).join('\n');
}

function boundOf({ max_completion_tokens, max_tokens }: Readonly<Record<string, unknown>>): number | null {
  if (typeof max_completion_tokens === 'number') return max_completion_tokens;
  return typeof max_tokens === 'number' ? max_tokens : null;
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1);

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
