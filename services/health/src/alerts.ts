/** Which changes are worth an operator's attention, and how they are put to people. Pure. */
import type { AlertRaisedFact } from '@skein/contracts/health';
import type { CircuitReason } from './circuit.js';
import type { CircuitMove, RollbackMove } from './deployments.js';

export type Alert = Omit<AlertRaisedFact, 'id' | 'at'>;

const because: Record<CircuitReason, string> = {
  consecutive_errors: 'it failed several times in a row',
  error_rate: 'it fails too often',
  latency: 'it is much slower than usual',
  probe: 'its probes fail or take too long',
  operator: 'an operator said so',
  time_over: 'its time is over',
  answered: 'it answers again',
};

const nameOf = ({ vendor, model }: { vendor: string; model: string | null }) =>
  model === null ? vendor : `${vendor}/${model}`;

/** Null for the step between: half open is nobody's news. */
export function alertOfCircuit(move: CircuitMove): Alert | null {
  const { vendor, model, to, until, why } = move;
  if (to === 'half_open') return null;
  if (to === 'closed') {
    return { kind: 'circuit_closed', vendor, model, message: `${nameOf(move)} is back: ${because[why]}.`, until: null };
  }
  const kind = why === 'operator' ? 'taken_out' : 'circuit_opened';
  return { kind, vendor, model, message: `${nameOf(move)} gets no requests: ${because[why]}.`, until };
}

export function alertOfRollback(move: RollbackMove): Alert {
  const { vendor, model, rolledBack } = move;
  return rolledBack
    ? {
        kind: 'rolled_back',
        vendor,
        model,
        message: `${nameOf(move)} stands behind its backups: more than one in fifty of its requests fail.`,
        until: null,
      }
    : { kind: 'restored', vendor, model, message: `${nameOf(move)} is well again and back in its place.`, until: null };
}
