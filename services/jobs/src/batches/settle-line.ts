// How a run of a line ended → what is written down of it. Pure: the decision is the one jobs have.
import type { EndedRun, RunDecision } from '../decide-run.js';
import type { HeldLine, SettledLine } from './batch.js';

/** Null when the line is no longer the runner's, so that nothing is written. */
export function settleLine(line: HeldLine, { attempts }: EndedRun, decision: RunDecision): SettledLine | null {
  const { lineNo, epoch, failedRuns } = line;
  const settled = { lineNo, epoch, failedRuns, attempts, result: null, error: null, notBefore: null };
  switch (decision.event) {
    case 'succeed':
      return { ...settled, status: 'succeeded', result: decision.result };
    case 'fail':
      return { ...settled, status: 'failed', error: decision.error };
    case 'expire':
      return { ...settled, status: 'expired', error: decision.error };
    case 'retry':
      return {
        ...settled,
        status: 'queued',
        error: decision.error,
        notBefore: decision.notBefore,
        failedRuns: failedRuns + (decision.counts ? 1 : 0),
      };
    case 'none':
      return null;
  }
}
