/**
 * Tool calls of a stream, put in a row: OpenAI's chunks may go to and fro between parallel calls, Anthropic's blocks follow
 * one another. The first call that is not complete is told as it comes; those behind it wait.
 */
import { SkeinError } from '@skein/contracts/errors';
import { isObject, objectOf, textOf, type JsonObject } from '@skein/contracts/openai';

/** A piece to be told now: the beginning of a call, more of its arguments, or both. */
export interface CallPiece {
  readonly begins: { readonly id: string; readonly name: string } | null;
  readonly json: string;
}

interface Call {
  readonly index: unknown;
  id: string;
  name: string;
  args: string;
  /** Characters of the arguments that were told; null: not even its beginning. */
  told: number | null;
}

export class ToolCalls {
  readonly #calls: Call[] = [];
  /** Place of the call that is being told. */
  #current = 0;

  constructor(private readonly tell: (piece: CallPiece) => void) {}

  get count(): number {
    return this.#calls.length;
  }

  /** Takes one entry of `tool_calls`; `place` stands in where it has no index. */
  take(piece: JsonObject, place: number): void {
    const call = this.#callAt(piece.index ?? place);
    const { name, arguments: args } = objectOf(piece.function);
    call.id ||= textOf(piece.id);
    call.name ||= textOf(name);
    call.args += argumentsOf(args);
    if (textOf(args) !== '' && this.#calls.indexOf(call) < this.#current) {
      throw new SkeinError('vendor_malformed', 'The vendor went on with a tool call that was over');
    }
    this.#advance();
  }

  /** No more of these calls will come: all that waited are told. */
  close(): void {
    for (; this.#current < this.#calls.length; this.#current += 1) {
      this.#tellCurrent();
      if (this.#calls[this.#current]?.told === null) {
        throw new SkeinError('vendor_malformed', 'The vendor sent a tool call without a name');
      }
    }
  }

  #callAt(index: unknown): Call {
    let call = this.#calls.find((known) => known.index === index);
    if (call === undefined) {
      call = { index, id: '', name: '', args: '', told: null };
      this.#calls.push(call);
    }
    return call;
  }

  /** A call with another behind it is over as soon as its arguments are. */
  #advance(): void {
    this.#tellCurrent();
    while (this.#current < this.#calls.length - 1 && isComplete(this.#calls[this.#current])) {
      this.#current += 1;
      this.#tellCurrent();
    }
  }

  #tellCurrent(): void {
    const call = this.#calls[this.#current];
    if (call === undefined || call.name === '') return;
    const json = call.args.slice(call.told ?? 0);
    const begins = call.told === null ? { id: call.id, name: call.name } : null;
    call.told = call.args.length;
    if (begins !== null || json !== '') this.tell({ begins, json });
  }
}

/** A few vendors send arguments as an object. */
const argumentsOf = (args: unknown): string => (isObject(args) ? JSON.stringify(args) : textOf(args));

function isComplete(call: Call | undefined): boolean {
  if (call === undefined) return true;
  try {
    JSON.parse(call.args);
    return true;
  } catch {
    return false;
  }
}
