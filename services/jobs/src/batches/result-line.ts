// A line that has ended → a line of the output or the error file, as OpenAI writes them. Pure.
import { resultOfFailure } from '../decide-run.js';
import { SkeinError } from '@skein/contracts/errors';
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
  const { response, error } = answerOf(line);
  const id = `batch_req_${batchId.replace(/^batch_/, '')}_${line.lineNo}`;
  const text = `${JSON.stringify({ id, custom_id: line.customId, response, error })}\n`;
  return { file: line.status === 'succeeded' ? 'output' : 'error', text };
}

function answerOf(line: EndedLine): { response: object | null; error: object | null } {
  const { status } = line;
  switch (status) {
    case 'expired':
    case 'cancelled':
      return { response: null, error: unanswered[status] };
    case 'failed': {
      const result = resultOfFailure(line.error ?? new SkeinError('internal', 'It failed without a reason.').toWire());
      return { response: { ...result, request_id: line.requestId }, error: null };
    }
    case 'succeeded':
      return { response: { ...line.result, request_id: line.requestId }, error: null };
  }
}
