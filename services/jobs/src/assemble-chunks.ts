// A streamed answer put together again, as the endpoint would have given it unstreamed. Pure.

type Fields = Record<string, unknown>;

/** Written whole in every chunk that has them; everything else that is text is a piece. */
const WHOLE_TEXTS = new Set(['role', 'id', 'type', 'name', 'object']);

/** Takes chat chunks in order and has, at any moment, the answer they make. */
export class ChunkAssembler {
  #head: Fields = {};
  readonly #choices = new Map<number, { message: Fields; rest: Fields }>();

  get isEmpty(): boolean {
    return this.#choices.size === 0;
  }

  /** What is no chunk of a chat is left out. */
  take(chunk: unknown): void {
    if (!isFields(chunk)) return;
    const { choices, object: _object, ...head } = chunk;
    for (const [name, value] of Object.entries(head))
      if (value !== null && value !== undefined) this.#head[name] = value;
    for (const choice of Array.isArray(choices) ? choices : []) {
      if (!isFields(choice)) continue;
      const { index, delta, ...rest } = choice;
      const at = typeof index === 'number' ? index : 0;
      const known = this.#choices.get(at) ?? { message: {}, rest: {} };
      this.#choices.set(at, {
        message: isFields(delta) ? merge(known.message, delta) : known.message,
        rest: merge(known.rest, rest),
      });
    }
  }

  /** The answer so far, as a chat completion. */
  get answer(): Fields {
    const choices = [...this.#choices]
      .sort(([a], [b]) => a - b)
      .map(([index, { message, rest }]) => ({
        index,
        message: { role: 'assistant', content: null, ...withoutIndexes(message) },
        finish_reason: null,
        ...rest,
      }));
    return { ...this.#head, object: 'chat.completion', choices };
  }
}

function merge(known: Fields, news: Fields): Fields {
  const merged = { ...known };
  for (const [name, value] of Object.entries(news)) {
    if (value !== null && value !== undefined) merged[name] = mergeValue(name, merged[name], value);
    else merged[name] ??= value;
  }
  return merged;
}

function mergeValue(name: string, known: unknown, news: unknown): unknown {
  if (typeof known === 'string' && typeof news === 'string')
    return WHOLE_TEXTS.has(name) ? news || known : known + news;
  if (Array.isArray(news)) return mergeList(Array.isArray(known) ? known : [], news);
  return isFields(known) && isFields(news) ? merge(known, news) : news;
}

/** Entries with an index are pieces of the entry with that index; others are entries of their own. */
function mergeList(known: readonly unknown[], news: readonly unknown[]): unknown[] {
  const merged = [...known];
  for (const entry of news) {
    const index = isFields(entry) ? entry['index'] : undefined;
    const at = index === undefined ? -1 : merged.findIndex((each) => isFields(each) && each['index'] === index);
    const before = merged[at];
    if (isFields(before) && isFields(entry)) merged[at] = merge(before, entry);
    else merged.push(isFields(entry) ? merge({}, entry) : entry);
  }
  return merged;
}

/** Tool calls are numbered in chunks only. */
function withoutIndexes(message: Fields): Fields {
  const calls = message['tool_calls'];
  if (!Array.isArray(calls)) return message;
  return {
    ...message,
    tool_calls: calls.map((call: unknown) => {
      if (!isFields(call)) return call;
      const { index: _index, ...rest } = call;
      return rest;
    }),
  };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
