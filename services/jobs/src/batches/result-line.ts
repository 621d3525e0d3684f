// A line that has ended → a line of the output or the error file, as OpenAI writes them. Pure.
import { resultOfFailure } from '../decide-run.js';
import { SkeinError } from '@skein/contracts/errors';
import { formatUsd } from '@skein/catalog';
import type { AttemptSummary } from '@skein/contracts/orchestrator';
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
      return { response: { ...result, request_id: line.requestId, skein: accountOf(line) }, error: null };
    }
    case 'succeeded':
      return { response: { ...line.result, request_id: line.requestId, skein: accountOf(line) }, error: null };
  }
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
