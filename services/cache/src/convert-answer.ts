/**
 * A stored answer in the form it is asked for. Pure: whole OpenAI chat completion ↔ its chunks, several choices and tool
 * calls included; fields we do not know are kept where both forms have a place for them.
 */
import { inputTokens, outputTokens, type UsageBuckets } from '@skein/contracts/attempt';
import { unfoldMessage } from '@skein/contracts/openai';
import { isObject, objectsIn, type JsonObject } from './json.js';
import { mergeDelta, withoutIndexes } from './merge-delta.js';

/** Characters of text in one chunk: a replay streams, but has no reason to dawdle. */
const PIECE = 2_000;

/** Fields of a chunk that belong to the chunk, not to the answer. */
const OF_THE_CHUNK = new Set(['choices', 'object', 'usage', 'obfuscation']);

interface ChoiceDraft {
  readonly message: Record<string, unknown>;
  logprobs: Record<string, unknown> | null;
  finish_reason: unknown;
}

/** Puts chunks together to the whole answer they are the stream of. */
export function toWhole(chunks: readonly JsonObject[]): JsonObject {
  const head: Record<string, unknown> = {};
  const choices = new Map<number, ChoiceDraft>();
  let usage: unknown;
  for (const chunk of chunks) {
    for (const [name, value] of Object.entries(chunk))
      if (!OF_THE_CHUNK.has(name) && !(name in head)) head[name] = value;
    if (isObject(chunk.usage)) usage = chunk.usage;
    for (const choice of objectsIn(chunk.choices)) addChoice(choices, choice);
  }
  return {
    ...head,
    object: 'chat.completion',
    choices: [...choices]
      .sort(([a], [b]) => a - b)
      .map(([index, { message, logprobs, finish_reason }]) => ({
        index,
        message: finished(message),
        logprobs,
        finish_reason,
      })),
    ...(usage !== undefined && { usage }),
  };
}

function addChoice(choices: Map<number, ChoiceDraft>, choice: JsonObject): void {
  const index = typeof choice.index === 'number' ? choice.index : 0;
  const draft = choices.get(index) ?? {
    message: { role: 'assistant', content: null },
    logprobs: null,
    finish_reason: null,
  };
  choices.set(index, draft);
  if (isObject(choice.delta)) mergeDelta(draft.message, choice.delta);
  if (isObject(choice.logprobs)) draft.logprobs = mergeDelta(draft.logprobs ?? {}, choice.logprobs);
  draft.finish_reason = choice.finish_reason ?? draft.finish_reason;
}

function finished(message: Record<string, unknown>): JsonObject {
  return Array.isArray(message.tool_calls) ? { ...message, tool_calls: withoutIndexes(message.tool_calls) } : message;
}

/** Takes a whole answer apart into the chunks of its stream; usage, which is asked for apart, is left out. */
export function toChunks(whole: JsonObject): JsonObject[] {
  const { choices: _choices, usage: _usage, ...rest } = whole;
  const head = { ...rest, object: 'chat.completion.chunk' };
  return objectsIn(whole.choices).flatMap((choice, place) => {
    const index = typeof choice.index === 'number' ? choice.index : place;
    const chunk = (delta: JsonObject, logprobs: unknown, finish_reason: unknown): JsonObject => ({
      ...head,
      choices: [{ index, delta, logprobs: logprobs ?? null, finish_reason: finish_reason ?? null }],
    });
    const message = isObject(choice.message) ? choice.message : {};
    const deltas = inOrder(message, choice.logprobs != null);
    return [
      ...deltas.map((delta, at) => chunk(delta, at === 0 ? choice.logprobs : null, null)),
      chunk({}, null, choice.finish_reason),
    ];
  });
}

/** The deltas of a message, in the order that it says it has; where one text follows another, that is said between them. */
function inOrder(message: JsonObject, inOnePiece: boolean): JsonObject[] {
  const parts = unfoldMessage(message);
  if (parts.length === 1) return deltasOf(message, inOnePiece, 0);
  let calls = 0;
  const deltas = parts.flatMap((part, place) => {
    const told = deltasOf(part, inOnePiece, calls);
    calls += Array.isArray(part.tool_calls) ? part.tool_calls.length : 0;
    return place === 0 ? told : [{ block_order: [] }, ...told];
  });
  return [...deltas, { block_order: message.block_order }];
}

/**
 * Role and everything that is not long text first, then the text in pieces; log probabilities keep it in one. Calls are
 * counted from `firstCall`.
 */
function deltasOf(message: JsonObject, inOnePiece: boolean, firstCall: number): JsonObject[] {
  const { role, content, tool_calls, ...rest } = message;
  const text = typeof content === 'string' ? content : '';
  const pieces = inOnePiece || text.length <= PIECE ? [text] : cut(text);
  const first = {
    role: role ?? 'assistant',
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null)),
    content: typeof content === 'string' ? (pieces[0] ?? '') : (content ?? null),
  };
  const calls = Array.isArray(tool_calls) ? tool_calls : [];
  const indexed = calls.map((call: unknown, index) => (isObject(call) ? { index: firstCall + index, ...call } : call));
  return [
    first,
    ...pieces.slice(1).map((piece) => ({ content: piece })),
    ...(indexed.length > 0 ? [{ tool_calls: indexed }] : []),
  ];
}

/** Cuts a text without tearing a surrogate pair apart. */
function cut(text: string): string[] {
  const pieces: string[] = [];
  for (let start = 0; start < text.length;) {
    let end = Math.min(start + PIECE, text.length);
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last <= 0xdbff) end -= 1;
    pieces.push(text.slice(start, end));
    start = end;
  }
  return pieces;
}

/** The chunk that holds nothing but usage, as a customer who asks for it gets it last. */
export function usageChunk(head: JsonObject, usage: unknown): JsonObject {
  const { choices: _choices, usage: _usage, ...rest } = head;
  return { ...rest, object: 'chat.completion.chunk', choices: [], usage };
}

/** Usage as OpenAI tells it, from the normal form. */
export function openAiUsage(usage: UsageBuckets): JsonObject {
  return {
    prompt_tokens: inputTokens(usage),
    completion_tokens: outputTokens(usage),
    total_tokens: inputTokens(usage) + outputTokens(usage),
    prompt_tokens_details: { cached_tokens: usage.cache_read, audio_tokens: usage.audio_in },
    completion_tokens_details: { reasoning_tokens: usage.reasoning, audio_tokens: usage.audio_out },
  };
}

/** Did every choice come to an end that would be the same again? A filtered or broken answer is not kept. */
export function isComplete(whole: JsonObject): boolean {
  const choices = objectsIn(whole.choices);
  return choices.length > 0 && choices.every(({ finish_reason }) => GOOD_ENDS.has(finish_reason));
}

const GOOD_ENDS: ReadonlySet<unknown> = new Set(['stop', 'length', 'tool_calls', 'function_call']);

/** Does a chunk show the customer something of the answer? */
export function showsContent(chunk: JsonObject): boolean {
  return objectsIn(chunk.choices).some(
    ({ delta }) => isObject(delta) && Object.entries(delta).some(([name, value]) => name !== 'role' && isShown(value)),
  );
}

function isShown(value: unknown): boolean {
  if (typeof value === 'string' || Array.isArray(value)) return value.length > 0;
  return isObject(value);
}
