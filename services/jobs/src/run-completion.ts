import { runCompletion, type AnswerEnd, type Bus } from '@skein/bus';
import type { CompletionOrder, CompletionResult } from '@skein/contracts/orchestrator';
import type { CallContext, RequestBody } from '@skein/contracts/wire';

/** How a run of a job went: the conductor's word (null when it was lost) and what came of the answer. */
export interface CompletedRun {
  readonly conductor: CompletionResult | null;
  readonly answer: AnswerEnd;
}

/** Reason of an abort by a process that is about to end. */
export const CLOSING = 'closing';

/** Its answer is read from the end. */
const nobody = {
  onHead: () => undefined,
  onWhole: () => undefined,
  onNotice: () => undefined,
};

/**
 * Runs one completion as its sink. Never rejects: failures are ends. When `context.signal` aborts, the run is cancelled
 * upstream; a process that is closing does not wait for the conductor's word on that.
 */
export async function completeRun(
  bus: Bus,
  order: CompletionOrder,
  body: RequestBody,
  context: CallContext,
  onChunk: (payload: Uint8Array) => void = () => undefined,
): Promise<CompletedRun> {
  const run = runCompletion(bus, order, body, context, { ...nobody, onChunk });
  const leave = (): void => run.leave();
  if (context.signal?.aborted === true) leave();
  context.signal?.addEventListener('abort', leave, { once: true });
  const answer = await run.answered;
  const conductor = context.signal?.reason === CLOSING ? null : await run.result;
  context.signal?.removeEventListener('abort', leave);
  return { conductor, answer };
}
