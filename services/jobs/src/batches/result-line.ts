// A line that has ended → a line of the output or the error file, as OpenAI writes them. Pure.
import { resultOfFailure } from '../decide-run.js';
import { SkeinError, toSkeinError } from '@skein/contracts/errors';
import { formatUsd } from '@skein/catalog';
import { objectOf } from '@skein/contracts/openai';
import type { AttemptSummary } from '@skein/contracts/orchestrator';
import { fromChat, responseIdOf, type ResponsesRequest } from '@skein/contracts/responses';
import type { EndedLine } from './batch.js';

export interface ResultLine {
  readonly file: 'output' | 'error';
  readonly text: string;
}

/** What a line says that was never answered, by how it ended. */
const unanswered = {
  expired: { code: 'batch_expired', message: 'This request could not be run before the completion window expired.' },
  cancelled: { code: 'batch_cancelled', message: 'The batch was cancelled before this request was answered.' },
} as const;

/** `id` names the line for as long as its batch does. */
export function toResultLine(batchId: string, line: EndedLine): ResultLine {
  const { file, response, error } = answerOf(line);
  const id = `batch_req_${batchId.replace(/^batch_/, '')}_${line.lineNo}`;
  return { file, text: `${JSON.stringify({ id, custom_id: line.customId, response, error })}\n` };
}

interface Answer extends Pick<ResultLine, 'file'> {
  readonly response: object | null;
  readonly error: object | null;
}

function answerOf(line: EndedLine): Answer {
  const { status } = line;
  const answered = (file: Answer['file'], result: EndedLine['result']): Answer => ({
    file,
    response: { ...result, request_id: line.requestId, skein: accountOf(line) },
    error: null,
  });
  switch (status) {
    case 'expired':
    case 'cancelled':
      return { file: 'error', response: null, error: unanswered[status] };
    case 'failed':
      return answered('error', resultOfFailure(line.error ?? noReason.toWire()));
    case 'succeeded':
      try {
        return answered('output', shownResult(line));
      } catch (thrown) {
        // A vendor's answer that cannot be said in the dialect: the other lines have their results all the same.
        return answered('error', resultOfFailure(toSkeinError(thrown).toWire()));
      }
  }
}

const noReason = new SkeinError('internal', 'It failed without a reason.');

/** The answer in the dialect that its line asked in. It is kept nowhere else: nothing can go on from it. */
function shownResult({ result, asked, requestId, attempts }: EndedLine): EndedLine['result'] {
  if (result === null || asked === null) return result;
  const { created } = objectOf(result.body);
  const body = fromChat(result.body, attempts.findLast(({ outcome }) => outcome === 'finished')?.usage ?? null, {
    id: responseIdOf(requestId ?? ''),
    createdAt: typeof created === 'number' ? created : 0,
    request: { ...asked, input: '' } as ResponsesRequest,
    isStored: false,
  });
  return { ...result, body };
}

/** Ours: what the line has cost, by attempt. One that answered several lines says so, and counts here with its part. */
function accountOf({ attempts }: EndedLine): object {
  return {
    cost_usd: formatUsd(attempts.reduce((sum, { cost_nano_usd: cost }) => sum + (cost ?? 0), 0)),
    attempts: attempts.map(({ id, vendor, model, outcome, cost_nano_usd: cost, merged }) => ({
      id,
      vendor,
      model,
      outcome,
      cost_usd: usd(cost),
      ...(merged !== undefined && {
        merged: { lines: merged.of, line: merged.no, call_cost_usd: usd(merged.call_nano_usd) },
      }),
    })),
  };
}

const usd = (nanoUsd: AttemptSummary['cost_nano_usd']): string | null => (nanoUsd === null ? null : formatUsd(nanoUsd));
