// Patterns that customers write run under a bound: one that backtracks without end is stopped, and fails by name.
import { SkeinError } from '@skein/contracts/errors';
import { createContext, Script } from 'node:vm';

export interface Pattern {
  readonly name?: string | undefined;
  readonly pattern: string;
  readonly flags?: string | undefined;
}

const BOUND_MS = 100;
const MOST_MATCHES = 1_000;

const call = new Script('work()');

/** Does work that may search for ever; throws what it throws, and an error after the bound. */
export function withinBound<Result>(work: () => Result): Result {
  return call.runInContext(createContext({ work }), { timeout: BOUND_MS }) as Result;
}

/** Where the pattern matches, as [start, length]. Throws `invalid_request` for one that is no pattern or takes too long. */
export function matchesOf(
  text: string,
  { name, pattern, flags = '' }: Pattern,
): readonly (readonly [number, number])[] {
  const label = name ?? pattern;
  let expression: RegExp;
  try {
    expression = new RegExp(pattern, `g${flags}`);
  } catch (cause) {
    throw new SkeinError('invalid_request', `the pattern "${label}" is none`, { cause });
  }
  try {
    return withinBound(() => {
      const found: [number, number][] = [];
      for (const match of text.matchAll(expression)) {
        if (found.length >= MOST_MATCHES) break;
        found.push([match.index, match[0].length]);
      }
      return found;
    });
  } catch (cause) {
    throw new SkeinError('invalid_request', `the pattern "${label}" took longer than ${BOUND_MS} ms and was stopped`, {
      cause,
    });
  }
}
