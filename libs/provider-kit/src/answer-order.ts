/** Keeps the order of what an answer consists of while it is read, for answers whose order one message cannot show. */
import { isUsualOrder, type BlockPlace } from '@skein/contracts/openai';

type Text = Extract<BlockPlace, { type: 'text' }>;
export interface TextNote {
  readonly length?: number;
  readonly citations?: number;
  readonly annotations?: number;
  readonly phase?: string;
}

const sumOf = (before = 0, more = 0) => (before + more === 0 ? undefined : before + more);

export class AnswerOrder {
  readonly #places: BlockPlace[] = [];

  /** A piece that is no text has its place here. */
  add(type: Exclude<BlockPlace['type'], 'text'>): void {
    this.#places.push({ type });
  }

  /** Another text begins. True where it follows one directly, which a stream has to say. */
  beginText(phase?: string): boolean {
    const last = this.#places.at(-1);
    this.#places.push({ type: 'text', length: 0, ...(phase !== undefined && { phase }) });
    return last?.type === 'text' && !isEmpty(last);
  }

  /** More of the text that was begun last: UTF-16 units of it, or sources. */
  note({ length = 0, citations, annotations }: TextNote): void {
    const at = this.#places.findLastIndex(({ type }) => type === 'text');
    const text = this.#places[at];
    if (text?.type !== 'text') return;
    const cited = sumOf(text.citations, citations);
    const annotated = sumOf(text.annotations, annotations);
    this.#places[at] = {
      ...text,
      length: text.length + length,
      ...(cited !== undefined && { citations: cited }),
      ...(annotated !== undefined && { annotations: annotated }),
    };
  }

  /** UTF-16 units of all texts so far. */
  get length(): number {
    return this.#places.reduce((sum, place) => sum + (place.type === 'text' ? place.length : 0), 0);
  }

  /** The order, to be told as `block_order`; undefined where it is the usual one. */
  get unusual(): readonly BlockPlace[] | undefined {
    const places = this.#places.filter((place) => place.type !== 'text' || !isEmpty(place));
    return isUsualOrder(places) ? undefined : places;
  }
}

/** A text of nothing needs no place. */
const isEmpty = ({ length, citations, annotations }: Text) =>
  length === 0 && citations === undefined && annotations === undefined;

/** Told in a stream where one text ends and another begins: pieces of `block_order` put together are the order. */
export const TEXT_ENDS = { block_order: [] } as const;
