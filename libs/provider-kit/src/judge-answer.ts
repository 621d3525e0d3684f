/**
 * Is an answer that nobody has seen yet what was asked for? What is not is a failed attempt: it is paid for, and the next
 * candidate is tried. Pure.
 */
import type { AnswerValidation } from '@skein/contracts/attempt';
import { SkeinError } from '@skein/contracts/errors';
import type { AnswerAcceptance } from '@skein/contracts/router';
import { problemIn } from './check-answer.js';
import { isObject, itemsOf, objectOf, textOf, tryParseJson, valueAt } from './json.js';
import type { AnswerProgress, WholeAnswer } from './vendor-adapter.js';

export interface Judgement {
  readonly error: SkeinError;
  /** What the model wrote, where a correction may mend it. */
  readonly rejected: string | null;
}

export interface Judged {
  readonly vendor: string;
  readonly acceptance: AnswerAcceptance;
  /** The customer's parsed body, read only where it matters. */
  readonly request: () => unknown;
  /** What came of checking the answer; null: nothing to check. */
  readonly validation: AnswerValidation | null;
}

/** Judges an unstreamed answer; null: it may be shown. */
export function judgeWhole(whole: WholeAnswer, judged: Judged): Judgement | null {
  const { acceptance, request } = judged;
  const ofFinish = judgeFinish(whole, judged);
  if (ofFinish !== null) return ofFinish;
  const { validation } = judged;
  const mayBeEmpty = acceptance.empty === 'next' && whole.outputBytes === 0 && !wasBounded(whole, request);
  const problem = acceptance.invalid === 'next' ? problemIn(validation) : null;
  if (!mayBeEmpty && problem === null) return null;
  const messages = itemsOf(valueAt(tryParseJson(whole.answer), 'choices')).map((choice) =>
    objectOf(valueAt(choice, 'message')),
  );
  if (mayBeEmpty && messages.every(isEmpty)) return empty(judged.vendor);
  if (problem === null) return null;
  const wrote = messages.map(({ tool_calls, content }) => tool_calls ?? content);
  return invalid(judged.vendor, problem, JSON.stringify(wrote.length === 1 ? wrote[0] : wrote));
}

/** Judges a stream that ended well and showed nothing; null: it may end so. */
export function judgeSilentStream(progress: AnswerProgress, judged: Judged): Judgement | null {
  const ofFinish = judgeFinish(progress, judged);
  if (ofFinish !== null) return ofFinish;
  return judged.acceptance.empty === 'next' && !wasBounded(progress, judged.request) ? empty(judged.vendor) : null;
}

function judgeFinish(progress: AnswerProgress, { vendor, acceptance, request }: Judged): Judgement | null {
  const options = { source: 'vendor', vendor } as const;
  if (acceptance.filtered === 'next' && progress.finishReason === 'content_filter') {
    return { error: new SkeinError('content_refused', `${vendor} filtered its answer.`, options), rejected: null };
  }
  if (acceptance.truncated === 'next' && progress.finishReason === 'length' && !hasBound(request())) {
    const message = `${vendor} cut its answer short at a length of its own.`;
    return { error: new SkeinError('answer_truncated', message, options), rejected: null };
  }
  return null;
}

/** The caller's own bound on the answer may leave nothing to show; elsewhere it would be the same. */
const wasBounded = (progress: AnswerProgress, request: Judged['request']) =>
  progress.finishReason === 'length' && hasBound(request());

function hasBound(request: unknown): boolean {
  const { max_tokens, max_completion_tokens } = objectOf(request);
  return typeof max_tokens === 'number' || typeof max_completion_tokens === 'number';
}

const shownMembers = ['content', 'refusal', 'reasoning_content', 'reasoning', 'audio', 'function_call'] as const;

function isEmpty(message: Readonly<Record<string, unknown>>): boolean {
  if (itemsOf(message.tool_calls).length > 0) return false;
  return shownMembers.every((member) => {
    const value = message[member];
    return Array.isArray(value) ? value.length === 0 : !isObject(value) && textOf(value) === null;
  });
}

function empty(vendor: string): Judgement {
  const error = new SkeinError('vendor_empty', `${vendor} answered with nothing.`, { source: 'vendor', vendor });
  return { error, rejected: null };
}

function invalid(vendor: string, problem: string, rejected: string | undefined): Judgement {
  const error = new SkeinError('answer_invalid', `${vendor} answered, but ${problem}.`, { source: 'vendor', vendor });
  return { error, rejected: rejected ?? null };
}
