/** What tells conversations and shared prefixes apart: short hashes, never the words. */

/** Characters of each part that are looked at: enough to tell, few enough to cost nothing. */
const LOOKED_AT = 1_024;
/** Vendors keep prefixes from about a thousand tokens on. */
const CACHED_FROM_CHARS = 4_000;

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Hash of what every turn of a conversation begins with: its instructions and the first word of its user. */
export function threadOf(instructions: string, opening: string): string {
  return hashOf(instructions, opening);
}

/** Hash of tools and instructions where vendors would keep them in a prompt cache; undefined where they are too short. */
export function prefixOf(instructions: string, tools: string): string | undefined {
  return instructions.length + tools.length < CACHED_FROM_CHARS ? undefined : hashOf(tools, instructions);
}

function hashOf(...texts: readonly string[]): string {
  let hash = FNV_OFFSET;
  for (const text of texts) {
    const end = Math.min(text.length, LOOKED_AT);
    for (let at = 0; at < end; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), FNV_PRIME);
    hash = Math.imul(hash ^ text.length, FNV_PRIME);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}
