/** Whether the model a vendor says it served is the one it was asked for. */
import { bareName, nameKey } from './names.js';
import type { ModelRecord } from './model.js';

/** A date or build behind the name of a model: `-2024-08-06`, `-20250929`, `-0125`, `-001`, `-v2`, `:20230824-v2`. */
const DATED = /^[-:@]v?(\d{4}-\d{2}-\d{2}|\d{8}|\d{6}|\d{4}|\d{3}|\d)([-:]v?\d+)*$/;
const SAYS_DAY = /-(\d{4}-\d{2}-\d{2}|\d{8})$/;

/**
 * Whether another model was served than was asked for. A floating name may be answered by itself or by the pin the
 * catalogue has for it; without one by any dated name of it. A dated name may be answered by itself, or by its undated
 * form, which does not say. A vendor that says nothing can not be told to have drifted.
 */
export function hasDrifted(asked: string, served: string | null, record: ModelRecord | null): boolean {
  if (served === null || served === '') return false;
  const [a, s] = [nameKey(bareName(asked)), nameKey(bareName(served))];
  if (a === s || isDatedNameOf(s, a)) return false;
  const isFloating = !SAYS_DAY.test(a) && (record === null || nameKey(bareName(record.model)) === a);
  if (!isFloating) return true;
  if (record !== null && record.pin !== null) return nameKey(bareName(record.pin)) !== s;
  if (record?.served_as.some((name) => nameKey(bareName(name)) === s)) return false;
  const stem = a.replace(/-latest$/, '');
  return stem !== s && !isDatedNameOf(stem, s) && !isReordered(stem, s);
}

function isDatedNameOf(name: string, dated: string): boolean {
  return dated.startsWith(name) && DATED.test(dated.slice(name.length));
}

/**
 * `claude-haiku-4-5` and `claude-4-5-haiku-20251001` are one model, and so are `llama3.3-70b` and `llama-3.3-70b`: hosts
 * write the words of a name in their own order, and apart or together.
 */
function isReordered(name: string, served: string): boolean {
  const words = (text: string) =>
    text
      .replace(/-\d{8}$|-\d{4}-\d{2}-\d{2}$/, '')
      .match(/[a-z]+|\d+/g)
      ?.sort()
      .join(' ');
  return words(name) === words(served);
}
