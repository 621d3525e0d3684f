/**
 * The order of what an answer consists of, where OpenAI's one message cannot show it: thoughts, a vendor's own blocks, words
 * and calls may follow one another in any order at some vendors, and a message has a place for each kind alone. Where the
 * order is not the usual one (thoughts, blocks, one text, calls), the message holds it as `block_order`; a stream tells it
 * piece by piece, a block once it has ended, so that the pieces put together are the same list.
 */
import { z } from 'zod';

const count = z.int().nonnegative();

const place = z.union([
  /** The next of `thinking_blocks`, `vendor_blocks`, `response_items`, `tool_calls`; the whole `refusal`. */
  z.strictObject({ type: z.enum(['thought', 'block', 'item', 'call', 'refusal']) }),
  /** So many UTF-16 units of `content`, with so many of `citations` and of `annotations`. */
  z.strictObject({
    type: z.literal('text'),
    length: count,
    citations: count.optional(),
    annotations: count.optional(),
    /** What the words are for, where the vendor says it (OpenAI: `commentary`, `final_answer`). */
    phase: z.string().optional(),
  }),
]);

export const blockOrder = z.array(place);
/** One piece of an answer, in its place. */
export type BlockPlace = z.infer<typeof place>;

type Message = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Message =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

/** The order within one message of OpenAI's. */
const stages: Readonly<Record<BlockPlace['type'], number>> = {
  thought: 0,
  block: 1,
  item: 1,
  text: 2,
  refusal: 3,
  call: 4,
};
const mayRepeat: Readonly<Record<BlockPlace['type'], boolean>> = {
  thought: true,
  block: true,
  item: true,
  text: false,
  refusal: false,
  call: true,
};

/** May this piece stand behind that one in the same message? */
function follows({ type }: BlockPlace, last: BlockPlace): boolean {
  return stages[type] > stages[last.type] || (type === last.type && mayRepeat[type]);
}

/** Would one message tell these pieces in this very order without saying so? */
export function isUsualOrder(places: readonly BlockPlace[]): boolean {
  return places.every((here, at) => {
    const last = places[at - 1];
    return (here.type !== 'text' || here.phase === undefined) && (last === undefined || follows(here, last));
  });
}

/** The lists of a message, by the kind of place that takes from them. */
const lists = {
  thought: 'thinking_blocks',
  block: 'vendor_blocks',
  item: 'response_items',
  call: 'tool_calls',
} as const;
const kept: ReadonlySet<string> = new Set([
  ...Object.values(lists),
  ...['block_order', 'content', 'refusal', 'citations', 'annotations', 'reasoning_content', 'reasoning'],
]);

/**
 * An assistant's message as messages that each have the usual order, together in the order of its `block_order`. The message
 * itself, without that member, where it has none or its order does not fit what it holds.
 */
export function unfoldMessage(message: Message): readonly Message[] {
  if (message.block_order === undefined) return [message];
  const { block_order, ...plain } = message;
  const parsed = blockOrder.safeParse(block_order);
  if (!parsed.success || !fits(parsed.data, plain)) return [plain];
  const rest = Object.fromEntries(Object.entries(plain).filter(([name]) => !kept.has(name)));
  const runs: BlockPlace[][] = [];
  for (const here of parsed.data) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run !== undefined && last !== undefined && follows(here, last)) run.push(here);
    else runs.push([here]);
  }
  const take = takerOf(plain);
  const messages = runs.map((run) => ({ ...rest, ...take(run) }));
  return withReasoning(messages, plain);
}

/** Thinking as text goes first, unless the thoughts themselves are in their places. */
function withReasoning(messages: readonly Message[], { reasoning_content, reasoning }: Message): readonly Message[] {
  const isTold = messages.some(
    ({ thinking_blocks, response_items }) =>
      thinking_blocks !== undefined ||
      listOf(response_items).some((item) => isObject(item) && item.type === 'reasoning'),
  );
  const text = reasoning_content ?? reasoning;
  if (isTold || text === undefined || text === null) return messages;
  return messages.map((message, at) => (at === 0 ? { ...message, reasoning_content: text } : message));
}

/** Is there exactly as much of everything as the order says? */
function fits(places: readonly BlockPlace[], message: Message): boolean {
  const { content, refusal, citations, annotations } = message;
  if (content !== undefined && content !== null && typeof content !== 'string') return false;
  const texts = places.filter((here) => here.type === 'text');
  const sum = (field: 'length' | 'citations' | 'annotations') =>
    texts.reduce((total, text) => total + (text[field] ?? 0), 0);
  const refusals = places.filter(({ type }) => type === 'refusal').length;
  return (
    sum('length') === (content ?? '').length &&
    sum('citations') === listOf(citations).length &&
    sum('annotations') === listOf(annotations).length &&
    refusals === (typeof refusal === 'string' && refusal !== '' ? 1 : 0) &&
    Object.entries(lists).every(
      ([type, list]) => places.filter((here) => here.type === type).length === listOf(message[list]).length,
    )
  );
}

/** Takes what belongs to a run of places, from where the last run ended. */
function takerOf(message: Message): (run: readonly BlockPlace[]) => Message {
  const text = typeof message.content === 'string' ? message.content : '';
  const taken: Record<string, number> = {};
  const next = (list: string, many = 1): unknown[] => {
    const from = taken[list] ?? 0;
    taken[list] = from + many;
    return listOf(message[list]).slice(from, from + many);
  };
  let at = 0;
  return (run) => {
    const told: Record<string, unknown> = { content: null };
    for (const here of run) {
      if (here.type === 'text') {
        told.content = text.slice(at, at + here.length);
        if (here.citations) told.citations = next('citations', here.citations);
        if (here.annotations) told.annotations = next('annotations', here.annotations).map((one) => moved(one, -at));
        if (here.phase !== undefined) told.phase = here.phase;
        at += here.length;
      } else if (here.type === 'refusal') told.refusal = message.refusal;
      else told[lists[here.type]] = [...listOf(told[lists[here.type]]), ...next(lists[here.type])];
    }
    return told;
  };
}

/** An annotation whose text stands elsewhere by so many units. Chat keeps what it says under the name of its type. */
export function moved(annotation: unknown, by: number): unknown {
  if (!isObject(annotation) || by === 0) return annotation;
  const inner = typeof annotation.type === 'string' ? annotation[annotation.type] : undefined;
  if (isObject(inner)) return { ...annotation, [String(annotation.type)]: shifted(inner, by) };
  return shifted(annotation, by);
}

function shifted(held: Message, by: number): Message {
  const indexes = ['start_index', 'end_index'].filter((name) => typeof held[name] === 'number');
  return { ...held, ...Object.fromEntries(indexes.map((name) => [name, Number(held[name]) + by])) };
}
