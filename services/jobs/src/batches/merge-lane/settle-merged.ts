// How a merged call ended → what is written down of each of its lines. Pure.
import { SkeinError } from '@skein/contracts/errors';
import type { AttemptSummary } from '@skein/contracts/orchestrator';
import type { EndedRun, RunDecision } from '../../decide-run.js';
import type { HeldLine, SettledLine } from '../batch.js';
import { divide, divideAttempt } from './divide.js';
import type { MergedItem } from './merged-prompt.js';
import { splitAnswer, type NoAnswer } from './split-answer.js';

/** A line in a call: the n-th item is the n-th line. */
export interface MergedLine extends HeldLine {
  readonly inputTokens: number;
}

export interface EndedCall {
  readonly lines: readonly MergedLine[];
  readonly items: readonly MergedItem[];
  readonly bound: number | null;
  readonly ended: EndedRun;
}

/** What became of the lines; `again`: the call was broken off by our own rooms, and is made again from then on. */
export type SettledCall =
  { readonly lines: readonly SettledLine[]; readonly redone: number } | { readonly again: Date } | 'not ours';

/**
 * A line that has no answer in the call's is run alone, at once; that uses up none of its runs, as nothing says that it was
 * at fault. `decision` is the one a run of a line would have had.
 */
export function settleCall(call: EndedCall, decision: RunDecision): SettledCall {
  const { lines, ended } = call;
  switch (decision.event) {
    case 'none':
      return 'not ours';
    case 'succeed':
      return settleAnswered(call, decision.result.body);
    case 'retry':
      if (!decision.counts) return { again: decision.notBefore };
      return allAlone(lines, ended, decision.error?.code ?? 'vendor_failed');
    case 'fail':
      return allAlone(lines, ended, decision.error.code);
    case 'expire':
      return {
        lines: settleEach(lines, ended.attempts, () => ({ status: 'expired', error: decision.error })),
        redone: 0,
      };
  }
}

function settleAnswered({ lines, items, bound, ended }: EndedCall, body: unknown): SettledCall {
  const whole = readCompletion(body);
  const answers = splitAnswer(whole.text, items, bound);
  const own = usagesOf(
    whole.usage,
    lines.map(({ inputTokens }) => inputTokens),
    answers.map((split) => ('answer' in split ? Buffer.byteLength(split.answer) + 1 : 0)),
  );
  const settled = settleEach(lines, ended.attempts, (index) => {
    const split = answers[index] ?? { no: 'missing' as const };
    if ('no' in split) return redo(notInAnswer(split.no));
    const answer = ownCompletion(whole.head, index, split.answer, own[index] ?? {});
    return { status: 'succeeded', result: { status_code: 200, body: answer } };
  });
  return { lines: settled, redone: answers.filter((split) => 'no' in split).length };
}

function allAlone(lines: readonly MergedLine[], { attempts }: EndedRun, why: string): SettledCall {
  const error = new SkeinError('answer_invalid', `The call that it shared with others failed: ${why}.`).toWire();
  return { lines: settleEach(lines, attempts, () => redo(error)), redone: lines.length };
}

type Settlement = Pick<SettledLine, 'status'> & Partial<SettledLine>;

const redo = (error: SettledLine['error']): Settlement => ({ status: 'queued', error });

/** Each line with its part of every attempt, by how much of the input is its own. */
function settleEach(
  lines: readonly MergedLine[],
  attempts: readonly AttemptSummary[],
  settle: (index: number) => Settlement,
): SettledLine[] {
  const weights = lines.map(({ inputTokens }) => inputTokens);
  const parts = attempts.map((attempt) => divideAttempt(attempt, weights));
  return lines.map(({ lineNo, epoch, failedRuns }, index) => ({
    lineNo,
    epoch,
    failedRuns,
    result: null,
    error: null,
    notBefore: null,
    attempts: parts.flatMap((part) => part[index] ?? []),
    ...settle(index),
  }));
}

const said: Record<NoAnswer, string> = {
  missing: 'it is missing there',
  twice: 'it is there more than once',
  empty: 'it is empty there',
  'too long': 'it is longer than its bound there',
  'speaks of others': 'it speaks of other requests there',
};

function notInAnswer(no: NoAnswer): SettledLine['error'] {
  return new SkeinError('answer_invalid', `It was one of several requests of a call, and ${said[no]}.`).toWire();
}

interface ReadCompletion {
  readonly text: string;
  readonly head: Readonly<Record<string, unknown>>;
  readonly usage: Readonly<Record<string, unknown>>;
}

function readCompletion(body: unknown): ReadCompletion {
  const { choices, usage, ...head } = recordOf(body);
  const message = recordOf(recordOf(Array.isArray(choices) ? choices[0] : null)['message']);
  const { content } = message;
  return { text: typeof content === 'string' ? content : '', head, usage: recordOf(usage) };
}

/** As the line would have been answered alone. */
function ownCompletion(
  head: ReadCompletion['head'],
  index: number,
  content: string,
  usage: Readonly<Record<string, number>>,
): Record<string, unknown> {
  const { id } = head;
  return {
    ...head,
    ...(typeof id === 'string' && { id: `${id}-${index + 1}` }),
    choices: [
      { index: 0, message: { role: 'assistant', content, refusal: null }, logprobs: null, finish_reason: 'stop' },
    ],
    usage,
  };
}

function usagesOf(
  usage: ReadCompletion['usage'],
  inputs: readonly number[],
  answers: readonly number[],
): Readonly<Record<string, number>>[] {
  const read = divide(countIn(usage['prompt_tokens']), inputs);
  const wrote = divide(countIn(usage['completion_tokens']), answers);
  return read.map((prompt_tokens, index) => {
    const completion_tokens = wrote[index] ?? 0;
    return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
  });
}

const countIn = (value: unknown): number => (typeof value === 'number' && Number.isSafeInteger(value) ? value : 0);

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
