/**
 * Putting streamed deltas together again. Text grows, lists whose items carry an `index` grow item by item, names and ids
 * are taken once; a field we do not know follows the same rules by its type.
 */
import { isObject, type JsonObject } from './json.js';

type Draft = Record<string, unknown>;

/** Strings that are said whole, once or again with every chunk. */
const SAID_WHOLE = new Set(['role', 'id', 'type', 'name', 'object', 'phase']);

/** Adds a delta to a message in the making. Changes the draft and returns it. */
export function mergeDelta(draft: Draft, delta: JsonObject): Draft {
  for (const [name, value] of Object.entries(delta)) {
    if (value === undefined || (value === null && name in draft)) continue;
    draft[name] = merged(name, draft[name], value);
  }
  return draft;
}

function merged(name: string, before: unknown, value: unknown): unknown {
  if (typeof value === 'string') {
    if (typeof before !== 'string') return value;
    return SAID_WHOLE.has(name) ? value || before : before + value;
  }
  if (Array.isArray(value)) return mergeList(Array.isArray(before) ? before : [], value);
  if (isObject(value)) return mergeDelta(isObject(before) ? { ...before } : {}, value);
  return value;
}

function mergeList(before: readonly unknown[], items: readonly unknown[]): unknown[] {
  const list = [...before];
  for (const item of items) {
    const index = isObject(item) ? item.index : undefined;
    if (!isObject(item) || typeof index !== 'number') {
      list.push(item);
      continue;
    }
    const place = list.findIndex((known) => isObject(known) && known.index === index);
    const known = place < 0 ? {} : list[place];
    const next = mergeDelta(isObject(known) ? { ...known } : {}, item);
    if (place < 0) list.push(next);
    else list[place] = next;
  }
  return list;
}

/** A list in the order of its items' indexes, without them: as a whole answer has it. */
export function withoutIndexes(list: readonly unknown[]): unknown[] {
  const place = (item: unknown) => (isObject(item) && typeof item.index === 'number' ? item.index : 0);
  return [...list]
    .sort((a, b) => place(a) - place(b))
    .map((item) => {
      if (!isObject(item)) return item;
      const { index: _index, ...rest } = item;
      return rest;
    });
}
