/** Recorded exchanges with vendors, and Anthropic's answers read as its documentation says, apart from our translators. */
import { readFileSync, readdirSync } from 'node:fs';

export type Loose = Readonly<Record<string, unknown>>;
export const loose = (value: unknown): Loose => (typeof value === 'object' && value !== null ? (value as Loose) : {});
export const list = (value: unknown): readonly Loose[] => (Array.isArray(value) ? value.map(loose) : []);

export interface Recording {
  readonly name: string;
  readonly request: { readonly body: unknown } | null;
  readonly response: { readonly status: number; readonly body_kind: string; readonly body: unknown };
}

const ROOT = new URL('../../../libs/provider-kit/test/fixtures/', import.meta.url);

/** A vendor's recordings of chats that went well, by name. */
export function goodChats(vendor: string): Recording[] {
  const folder = new URL(`${vendor}/`, ROOT);
  return readdirSync(folder)
    .filter((name) => name.startsWith('chat.') && name.endsWith('.json'))
    .sort()
    .map((name) => ({ ...(JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Recording), name }))
    .filter(({ response }) => response.status === 200 && ['json', 'sse'].includes(response.body_kind));
}

/** The parsed text, or the fallback where it is not JSON: arguments may be cut through by the token limit. */
export function parsedOr(text: string, fallback: unknown): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return fallback;
  }
}

/** The `data:` payloads of an SSE body. */
export function dataOf(body: string): unknown[] {
  return body
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:') && line.slice(5).trim() !== '[DONE]')
    .map((line) => JSON.parse(line.slice(5)) as unknown);
}

const counts = ['input_tokens', 'output_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens'] as const;

/** What a message tells: its blocks, without what answers only say of themselves; why it ended; what it used. */
export function tellMessage(message: unknown) {
  const { content, stop_reason, usage } = loose(message);
  return {
    content: list(content).map(tellBlock),
    stop_reason,
    usage: Object.fromEntries(counts.map((count) => [count, Number(loose(usage)[count] ?? 0)])),
  };
}

/** Who may have called is not in OpenAI's shape; no sources and an empty list of them are the same. */
function tellBlock({ caller, citations, ...block }: Loose): Loose {
  return list(citations).length > 0 ? { ...block, citations } : block;
}

/** Puts events together into the message they tell. Throws where they are out of order. */
export function tellEvents(events: readonly unknown[]) {
  const blocks: Record<string, unknown>[] = [];
  let usage: Loose = {};
  let stop_reason: unknown = null;
  let open: number | null = null;
  let previous: unknown = null;
  const must = (holds: boolean, what: string) => {
    if (!holds) throw new Error(`out of order: ${what}`);
  };
  const hear = (told: unknown) =>
    (usage = { ...usage, ...Object.fromEntries(Object.entries(loose(told)).filter(([, value]) => value !== null)) });
  const readers: Readonly<Record<string, (event: Loose) => void>> = {
    message_start: ({ message }) => {
      must(previous === null, 'message_start is not the first');
      hear(loose(message).usage);
    },
    content_block_start: ({ index, content_block }) => {
      must(open === null && index === blocks.length, 'a block begins within another, or skips a place');
      open = Number(index);
      blocks.push({ ...loose(content_block), json: '' });
    },
    content_block_delta: ({ index, delta }) => {
      must(index === open, 'a delta of a block that is not open');
      addDelta(blocks[Number(index)] ?? {}, loose(delta));
    },
    content_block_stop: ({ index }) => {
      must(index === open, 'a block ends that is not open');
      open = null;
    },
    message_delta: ({ delta, usage: told }) => {
      must(open === null, 'message_delta within a block');
      stop_reason = loose(delta).stop_reason;
      hear(told);
    },
    message_stop: () => must(previous === 'message_delta', 'message_stop does not follow message_delta'),
    ping: () => undefined,
  };
  for (const event of events.map(loose)) {
    const reader = readers[String(event.type)];
    if (reader === undefined) throw new Error(`an unknown event: ${String(event.type)}`);
    reader(event);
    previous = event.type;
  }
  must(previous === 'message_stop', 'message_stop is not the last');
  const content = blocks.map(({ json, ...block }) =>
    json === '' ? block : { ...block, input: parsedOr(String(json), json) },
  );
  return tellMessage({ content, stop_reason, usage });
}

function addDelta(block: Record<string, unknown>, { text, thinking, signature, partial_json, citation }: Loose): void {
  if (text !== undefined) block.text = String(block.text) + String(text);
  if (thinking !== undefined) block.thinking = String(block.thinking) + String(thinking);
  if (signature !== undefined) block.signature = signature;
  if (partial_json !== undefined) block.json = String(block.json) + String(partial_json);
  if (citation !== undefined) block.citations = [...list(block.citations), citation];
}
