// Documents in pieces, rankings fused, a context within its budget. Pure.

export interface Passage {
  readonly hash: string;
  readonly seq: number;
  readonly text: string;
}

/** About four characters a token, for sizes where nobody is billed by the result. */
const CHARACTERS_PER_TOKEN = 4;
/** The usual constant of reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009). */
const RRF_K = 60;

export function tokensOf(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

/** Pieces of at most `size` tokens that overlap by `overlap`, broken at the ends of paragraphs, sentences or words. */
export function chunk(text: string, size: number, overlap: number): string[] {
  const most = size * CHARACTERS_PER_TOKEN;
  const back = Math.min(overlap, Math.floor(size / 2)) * CHARACTERS_PER_TOKEN;
  const pieces: string[] = [];
  for (let from = 0; from < text.length;) {
    const end = from + most >= text.length ? text.length : breakBefore(text, from + Math.floor(most / 2), from + most);
    const piece = text.slice(from, end).trim();
    if (piece !== '') pieces.push(piece);
    if (end === text.length) break;
    from = Math.max(end - back, from + 1);
  }
  return pieces;
}

function breakBefore(text: string, least: number, most: number): number {
  for (const mark of ['\n\n', '. ', '\n', ' ']) {
    const at = text.lastIndexOf(mark, most - mark.length);
    if (at >= least) return at + mark.length;
  }
  return most;
}

/** Several rankings as one: what stands high in any of them stands high (reciprocal rank fusion). Ties keep their order. */
export function fuseRankings(rankings: readonly (readonly string[])[]): string[] {
  const scores = new Map<string, number>();
  for (const ranking of rankings) {
    ranking.forEach((id, place) => scores.set(id, (scores.get(id) ?? 0) + 1 / (RRF_K + place + 1)));
  }
  return [...scores].sort(([, a], [, b]) => b - a).map(([id]) => id);
}

/** The passages, best first, as long as they fit into the budget. */
export function withinTokens(passages: readonly Passage[], budget: number): Passage[] {
  let used = 0;
  return passages.filter(({ text }) => {
    const tokens = tokensOf(text);
    if (used + tokens > budget) return false;
    used += tokens;
    return true;
  });
}

/** Cosine of the angle between two vectors of one length. */
export function cosine(a: readonly number[], b: readonly number[]): number {
  let dot = 0;
  let left = 0;
  let right = 0;
  for (let at = 0; at < a.length; at += 1) {
    const x = a[at] ?? 0;
    const y = b[at] ?? 0;
    dot += x * y;
    left += x * x;
    right += y * y;
  }
  return left === 0 || right === 0 ? 0 : dot / Math.sqrt(left * right);
}
