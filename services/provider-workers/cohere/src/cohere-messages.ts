/** OpenAI messages as Cohere's. Their shapes are cousins: what differs is the thinking, the plans, and what a part may be. */
import { vendorById } from '@skein/catalog';
import {
  readMessages,
  unreadable,
  type Call,
  type JsonObject,
  type LeftOut,
  type Part,
  type Said,
} from '@skein/provider-kit';

const VENDOR = 'cohere';

/** What it reads in a message of each role; `document` and `thinking` are parts of its own. */
const readable: Readonly<Record<Said['role'], ReadonlySet<string>>> = {
  system: new Set(['text']),
  user: new Set(['text', 'image', 'document']),
  assistant: new Set(['text', 'thinking']),
  tool: new Set(['text', 'document']),
};

/** Translates messages. Throws `invalid_request` naming what cannot be said. */
export function toMessages(messages: readonly unknown[], leftOut: LeftOut): JsonObject[] {
  const write: Record<Said['role'], (said: Said) => JsonObject> = {
    system: (said) => ({ role: 'system', content: toContent(said) }),
    user: (said) => ({ role: 'user', content: toContent(said) }),
    assistant: toAssistant,
    tool: (said) => ({ role: 'tool', tool_call_id: said.callId, content: toContent(said) }),
  };
  const read = readMessages(messages, vendorById(VENDOR), leftOut);
  return read.flatMap((said) => [write[said.role](said), ...shownAfter(said, read, leftOut)]);
}

/** Before calls of tools the thinking is the plan they follow from; else it stands before the text. */
function toAssistant(said: Said): JsonObject {
  const calls = said.calls.map(toCall);
  const { reasoning } = said;
  const written = toContent(said);
  const parts = typeof written === 'string' ? (written === '' ? [] : [{ type: 'text', text: written }]) : written;
  const isThought = reasoning !== null && calls.length === 0;
  const content = isThought ? [{ type: 'thinking', thinking: reasoning }, ...parts] : parts;
  return {
    role: 'assistant',
    ...((content.length > 0 || calls.length === 0) && { content: content.length > 0 ? content : '' }),
    ...(calls.length > 0 && { tool_calls: calls }),
    ...(reasoning !== null && calls.length > 0 && { tool_plan: reasoning }),
    ...(said.citations.length > 0 && { citations: said.citations }),
  };
}

function toCall({ id, name, args }: Call): JsonObject {
  return { id, type: 'function', function: { name, arguments: args === '' ? '{}' : args } };
}

function toContent(said: Said): string | JsonObject[] {
  const parts = said.role === 'tool' ? said.parts.filter(({ kind }) => kind !== 'image') : said.parts;
  const [only] = parts;
  if (only === undefined) return '';
  if (said.isPlain && only.kind === 'text' && parts.length === 1) return only.text;
  return parts.map((part) => toPart(part, said.role));
}

function toPart(part: Part, role: Said['role']): JsonObject {
  const name = part.kind === 'other' ? (part.type ?? '') : part.kind;
  if (readable[role].has(name)) {
    if (part.kind === 'text') return { type: 'text', text: part.text };
    if (part.kind === 'image') return { type: 'image_url', image_url: { url: part.url } };
    if (part.kind === 'other') return part.part;
  }
  throw unreadable(VENDOR, part, `parts of type "${name}" are not known to it in a message of ${role}`);
}

/** Pictures in the results of tools are shown by the user, once the last result of the turn is told. */
function shownAfter(said: Said, all: readonly Said[], leftOut: LeftOut): JsonObject[] {
  const place = all.indexOf(said);
  if (said.role !== 'tool' || all[place + 1]?.role === 'tool') return [];
  const first = all.slice(0, place + 1).findLastIndex(({ role }) => role !== 'tool') + 1;
  const shown = all.slice(first, place + 1).flatMap(({ parts }) => parts.filter(({ kind }) => kind === 'image'));
  if (shown.length === 0) return [];
  leftOut.say(`${VENDOR} reads no pictures in results of tools; they follow in a message of the user's`);
  const named = { type: 'text', text: 'From the results of the tools:' };
  return [{ role: 'user', content: [named, ...shown.map((part) => toPart(part, 'user'))] }];
}
