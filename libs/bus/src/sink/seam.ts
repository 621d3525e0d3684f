import { tryDecodeJson, encodeJson } from '../wire-json.js';
import { overlapOf } from './overlap.js';

interface Chunk {
  id?: unknown;
  choices?: { index?: number; delta?: { content?: unknown } & Record<string, unknown>; finish_reason?: unknown }[];
}

/**
 * Sews an attempt that goes on to what another had shown: holds its first words back until it is clear how many of them
 * the reader has seen, leaves those out, and keeps the answer's id. One per attempt; chunks in, chunks to show out.
 */
export class Seam {
  #pending = '';
  /** The last chunk whose text is pending: what is shown of it goes out in its shape. */
  #carrier: Chunk | null = null;
  #isSewn = false;
  readonly #id: unknown;

  constructor(
    private readonly shown: string,
    firstChunk: Uint8Array | undefined,
  ) {
    this.#id = firstChunk === undefined ? undefined : (tryDecodeJson(firstChunk) as Chunk | undefined)?.id;
  }

  join(payload: Uint8Array): Uint8Array[] {
    const chunk = tryDecodeJson(payload) as Chunk | undefined;
    if (typeof chunk !== 'object' || chunk === null) return [payload];
    if (this.#id !== undefined) chunk.id = this.#id;
    if (this.#isSewn) return [encodeJson(chunk)];
    const choice = chunk.choices?.[0];
    const text = choice?.delta?.content;
    const endsHere = choice === undefined || (choice.finish_reason ?? null) !== null;
    if (typeof text === 'string' && text !== '') {
      this.#pending += text;
      this.#carrier = chunk;
      if (!endsHere) return this.#sew(false);
      // The end of the answer travels behind what is left of its last words.
      return [...this.#sew(true), encodeJson(without(chunk))];
    }
    if (endsHere) return [...this.#sew(true), encodeJson(chunk)];
    // A second greeting: the reader knows who is speaking.
    return isBare(chunk) ? [] : [encodeJson(chunk)];
  }

  /** What is still held back when the attempt is over. */
  close(): Uint8Array[] {
    return this.#isSewn ? [] : this.#sew(true);
  }

  #sew(isAll: boolean): Uint8Array[] {
    const overlap = overlapOf(this.shown, this.#pending, isAll);
    if (overlap === 'more') return [];
    this.#isSewn = true;
    const rest = this.#pending.slice(overlap.drop);
    if (rest === '' || this.#carrier === null) return [];
    const { choices = [], ...chunk } = this.#carrier;
    const [first, ...others] = choices;
    const sewn = { ...first, delta: { ...first?.delta, content: rest }, finish_reason: null };
    return [encodeJson({ ...chunk, choices: [sewn, ...others] })];
  }
}

/** The chunk with its text taken out. */
function without(chunk: Chunk): Chunk {
  const [first, ...others] = chunk.choices ?? [];
  return { ...chunk, choices: [{ ...first, delta: {} }, ...others] };
}

function isBare({ choices = [] }: Chunk): boolean {
  return choices.every(({ delta = {} }) =>
    Object.entries(delta).every(([field, value]) => field === 'role' || value === '' || value === null),
  );
}
