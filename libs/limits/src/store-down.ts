/** What becomes of limited requests while Redis is away, said once for all limits or for each. Pure. */
import { limitNames, type LimitName } from './admission.js';

export const storeDownWords = ['open', 'closed', 'local_share'] as const;
/** `open`: let through unchecked. `closed`: refused. `local_share`: each gateway counts an equal share by itself. */
export type StoreDownWord = (typeof storeDownWords)[number];
export type StoreDown = Readonly<Record<LimitName, StoreDownWord>>;

/** One word for all limits. */
export function storeDownForAll(word: StoreDownWord): StoreDown {
  return { requests_per_minute: word, tokens_per_minute: word, in_flight: word };
}

const isWord = (text: string): text is StoreDownWord => (storeDownWords as readonly string[]).includes(text);
const isLimit = (text: string): text is LimitName => (limitNames as readonly string[]).includes(text);

/**
 * Reads `open`, or `requests_per_minute=local_share,in_flight=closed` (limits that are not named stay open). Null where it
 * cannot be read.
 */
export function readStoreDown(text: string): StoreDown | null {
  if (isWord(text)) return storeDownForAll(text);
  const read: Record<LimitName, StoreDownWord> = { ...storeDownForAll('open') };
  for (const entry of text.split(',')) {
    const [limit = '', word = ''] = entry.split('=').map((part) => part.trim());
    if (!isLimit(limit) || !isWord(word)) return null;
    read[limit] = word;
  }
  return read;
}
