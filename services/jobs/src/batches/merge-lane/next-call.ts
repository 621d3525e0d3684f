// How many of the lines that wait make the next call, and what such a call is expected to come to. Pure.
import type { MergePolicy } from '@skein/contracts/router';
import { overhead } from './merged-prompt.js';

export interface WaitingLine {
  readonly inputTokens: number;
  readonly answerTokens: number;
}

/** Look at no more than so many waiting lines: beyond it a call is full anyway. */
export const lookAhead = ({ most }: Pick<MergePolicy, 'most'>): number => 2 * most;

/**
 * The first so many of the lines that wait, in order. `wait`: others of their kind may still come. `alone`: they are too few
 * to share a call. The last lines of a kind are dealt out evenly, so that none is left over from a full call.
 */
export function nextCall(
  waiting: readonly WaitingLine[],
  policy: MergePolicy,
  mayMoreCome: boolean,
): number | 'wait' | 'alone' {
  if (waiting.length < policy.most && mayMoreCome) return 'wait';
  if (waiting.length < policy.least) return 'alone';
  const isMoreThanOne = waiting.length > policy.most;
  const wanted = !isMoreThanOne
    ? waiting.length
    : waiting.length >= lookAhead(policy)
      ? policy.most
      : Math.ceil(waiting.length / 2);
  return Math.max(1, Math.min(wanted, fitting(waiting, policy)));
}

function fitting(waiting: readonly WaitingLine[], { call_tokens, answer_tokens }: MergePolicy): number {
  let [inputs, answers] = [0, 0];
  const first = waiting.findIndex((line) => {
    inputs += line.inputTokens;
    answers += line.answerTokens;
    return inputs > call_tokens || answers > answer_tokens;
  });
  return first === -1 ? waiting.length : first;
}

/** Tokens of a call for lines of one kind. */
export function callTokens(lines: readonly WaitingLine[], sharedTokens: number): { input: number; output: number } {
  const sum = (of: (line: WaitingLine) => number): number => lines.reduce((total, line) => total + of(line), 0);
  return {
    input: sharedTokens + overhead.call + sum(({ inputTokens }) => inputTokens + overhead.input),
    output: sum(({ answerTokens }) => answerTokens + overhead.answer),
  };
}

/** Deals lines of one kind into calls; what is too few for one is left over. */
export function dealIntoCalls<Line extends WaitingLine>(
  lines: readonly Line[],
  policy: MergePolicy,
): { readonly calls: readonly (readonly Line[])[]; readonly alone: readonly Line[] } {
  const calls: Line[][] = [];
  let from = 0;
  for (;;) {
    const taken = nextCall(lines.slice(from, from + lookAhead(policy)), policy, false);
    if (typeof taken !== 'number') return { calls, alone: lines.slice(from) };
    calls.push(lines.slice(from, from + taken));
    from += taken;
  }
}
