/**
 * What a text must contain for a pattern to match it, read off the pattern itself: pieces of text of which one must be
 * there. It is a filter, never an answer: what it cannot read it takes for "anything may match". Pure, done once at load.
 */

import { tellsAlone } from './pairs-seen.js';

/** One of these pieces, lower-case, must occur; null: nothing is known. */
export type Required = readonly string[] | null;

/** More pieces than these are not worth looking for. */
const MOST = 64;

/** Reads a pattern without flags but `i` and `s`. */
export function requiredText(source: string): Required {
  const reader = new PatternReader(source);
  const required = reader.alternatives();
  return reader.isDone && required !== null && required.length <= MOST ? required : null;
}

/** A recursive descent over the parts of regular expressions that the rules use. */
class PatternReader {
  #at = 0;

  constructor(private readonly source: string) {}

  get isDone(): boolean {
    return this.#at >= this.source.length;
  }

  /** Of alternatives, each must ask for something, and any of it will do. */
  alternatives(): Required {
    let all: string[] | null = [];
    for (;;) {
      const one = this.#sequence();
      all = all === null || one === null ? null : [...all, ...one];
      if (this.#peek() !== '|') return all;
      this.#at += 1;
    }
  }

  /** Of what stands in a row, the part that asks for most: the one whose shortest piece is longest. */
  #sequence(): Required {
    let best: Required = null;
    let literal = '';
    const consider = (candidate: Required): void => {
      if (candidate !== null && worth(candidate) > worth(best)) best = candidate;
    };
    const endLiteral = (): void => {
      if (literal.length > 1 || tellsAlone(literal.charCodeAt(0))) consider([literal.toLowerCase()]);
      literal = '';
    };
    while (!this.isDone && this.#peek() !== '|' && this.#peek() !== ')') {
      const atom = this.#atom();
      const repeat = this.#repeat();
      if (atom.literal !== undefined && repeat === 'once') {
        literal += atom.literal;
        continue;
      }
      if (atom.literal !== undefined && repeat === 'more') literal += atom.literal;
      endLiteral();
      if (atom.required !== undefined && repeat !== 'maybe') consider(atom.required);
    }
    endLiteral();
    return best;
  }

  #atom(): { readonly literal?: string; readonly required?: Required } {
    const char = this.#take();
    if (char === '(') return this.#group();
    if (char === '[') return { required: this.#class() };
    if (char === '\\') return escaped(this.#take());
    if (char === '.' || char === '^' || char === '$') return {};
    return { literal: char };
  }

  #group(): { readonly required?: Required } {
    const isPlain = this.source.startsWith('?:', this.#at);
    const looksAround = !isPlain && this.#peek() === '?';
    if (isPlain) this.#at += 2;
    else if (looksAround) this.#at += this.source.startsWith('?<', this.#at) ? 3 : 2;
    const required = this.alternatives();
    this.#at += 1;
    return looksAround ? {} : { required };
  }

  /** A class of a few signs that tell alone asks for one of them; any other is not looked at. */
  #class(): Required {
    const signs: string[] = [];
    let isPlain = this.#peek() !== '^';
    for (let char = this.#take(); char !== ']' && char !== ''; char = this.#take()) {
      if (char === '\\') this.#at += 1;
      isPlain &&= tellsAlone(char.charCodeAt(0)) && this.#peek() !== '-';
      signs.push(char);
    }
    return isPlain ? signs : null;
  }

  /** How often what stood before may occur: once, at least once, or perhaps not at all. */
  #repeat(): 'once' | 'more' | 'maybe' {
    const char = this.#peek();
    const least = /^\{(\d+)/.exec(this.source.slice(this.#at, this.#at + 8))?.[1];
    if (char === '?' || char === '*' || least === '0') {
      this.#skipRepeat();
      return 'maybe';
    }
    if (char === '+' || least !== undefined) {
      this.#skipRepeat();
      return 'more';
    }
    return 'once';
  }

  #skipRepeat(): void {
    this.#at = this.#peek() === '{' ? this.source.indexOf('}', this.#at) + 1 : this.#at + 1;
    if (this.#peek() === '?') this.#at += 1;
  }

  #peek(): string {
    return this.source[this.#at] ?? '';
  }

  #take(): string {
    const char = this.source[this.#at] ?? '';
    this.#at += 1;
    return char;
  }
}

/** A class of characters, an assertion, or a sign that stands for itself. */
function escaped(char: string): { readonly literal?: string } {
  return /[a-z0-9]/i.test(char) ? {} : { literal: char };
}

function worth(required: Required): number {
  if (required === null || required.length === 0) return 0;
  return Math.min(...required.map(({ length }) => length)) - required.length / 1_000;
}
