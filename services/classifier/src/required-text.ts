/**
 * What a text must contain for a pattern to match it, read off the pattern itself: parts, of each of which one piece must
 * be there. It is a filter, never an answer: what it cannot read it takes for "anything may match". Pure, done once at load.
 */

import { tellsAlone } from './pieces-seen.js';

/** Of these pieces, lower-case, one must occur. */
type Part = readonly string[];
/** Every part must have one of its pieces there; none: nothing is known. */
export type Required = readonly Part[];

/** More pieces than these are not worth looking for. */
const MOST = 64;

/** Reads a pattern without flags but `i` and `s`. */
export function requiredText(source: string): Required {
  const reader = new PatternReader(source);
  const required = reader.alternatives();
  return reader.isDone ? required.filter(({ length }) => length <= MOST) : [];
}

/** A recursive descent over the parts of regular expressions that the rules use. */
class PatternReader {
  #at = 0;

  constructor(private readonly source: string) {}

  get isDone(): boolean {
    return this.#at >= this.source.length;
  }

  /** Of alternatives, each must ask for something, and any of it will do; where there is but one, all of it is asked. */
  alternatives(): Required {
    const rows = [this.#sequence()];
    while (this.#peek() === '|') {
      this.#at += 1;
      rows.push(this.#sequence());
    }
    const [only = []] = rows;
    if (rows.length === 1) return only;
    return rows.every(({ length }) => length > 0) ? [rows.flatMap(mostTelling)] : [];
  }

  /** What stands in a row must all be there. */
  #sequence(): Required {
    const parts: Part[] = [];
    let literal = '';
    const endLiteral = (): void => {
      if (literal.length > 1 || tellsAlone(literal.charCodeAt(0))) parts.push([literal.toLowerCase()]);
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
      if (atom.required !== undefined && repeat !== 'maybe') parts.push(...atom.required);
    }
    endLiteral();
    return parts;
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
    return isPlain ? [signs] : [];
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

/** The part that asks for most: the one whose shortest piece is longest. */
function mostTelling(required: Required): Part {
  return required.reduce((best, part) => (worth(part) > worth(best) ? part : best));
}

function worth(part: Part): number {
  return Math.min(...part.map(({ length }) => length)) - part.length / 1_000;
}
