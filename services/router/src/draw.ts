/** Draws that are the same wherever they are made: 32-bit FNV-1a, well mixed, over what they stick to. */
const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

/** A number of 0 up to 1, the same for the same words. */
export function drawFor(...words: readonly string[]): number {
  let hash = OFFSET;
  for (const word of words) {
    for (let at = 0; at < word.length; at += 1) hash = Math.imul(hash ^ word.charCodeAt(at), PRIME);
    hash = Math.imul(hash ^ 0xff, PRIME);
  }
  // The last characters would else decide the lowest bits alone (MurmurHash3's finaliser).
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return (hash >>> 0) / 2 ** 32;
}
