/** What every completion over HTTP needs of its run, whatever dialect its client speaks. */
import type { AnswerEnd } from '@skein/bus';
import { SkeinError } from '@skein/contracts/errors';
import type { CompletionResult } from '@skein/contracts/orchestrator';
import type { FastifyReply } from 'fastify';
import type { RunningChat } from '../door/completion-desk.js';

/** After a failover the cost of all attempts is waited for this long; a single attempt's cost comes with its answer. */
const RESULT_PATIENCE_MS = 1_000;

/** A client that hangs up stops its attempt: the vendor must not go on writing for nobody. */
export function leaveWithClient(reply: FastifyReply, run: RunningChat): void {
  reply.raw.once('close', () => {
    if (!reply.raw.writableEnded) run.leave();
  });
}

/** The conductor's word on the attempts, where there were several; null where it is not needed, or too late. */
export async function resultOf(run: RunningChat, end: AnswerEnd): Promise<CompletionResult | null> {
  if (end.head === null || end.head.attempt_no === 1) return null;
  return Promise.race([
    run.result,
    new Promise<null>((resolve) => setTimeout(resolve, RESULT_PATIENCE_MS, null).unref()),
  ]);
}

/** Why there is no answer to show. */
export function errorOf(end: AnswerEnd): SkeinError {
  return end.error ?? new SkeinError('vendor_malformed', 'The answer ended without any content');
}
