// How fast the next vendor was asked after one had failed, as the vendors themselves saw it. Pure.
import type { ServedRequest } from '@skein/testkit';

/** An attempt as the ledger has it. */
export interface PostedAttempt {
  readonly attemptId: string;
  readonly requestId: string;
  readonly outcome: string;
}

export interface Failover {
  /** From the end of the failed attempt at its vendor to the arrival of the request at the next, ms. */
  readonly toRequestMs: number;
  /** To the next one's first byte, ms; null when there was none. */
  readonly toFirstByteMs: number | null;
  /** The failed one had begun to stream: the next went on from there, or began anew. */
  readonly isMidStream: boolean;
}

/** A connection that breaks before the first byte leaves it unknown what the vendor did. */
const NOT_ANSWERED: ReadonlySet<string> = new Set(['failed', 'unknown']);

/** Pairs each failed attempt with the next one of the same request, where that went to another vendor. */
export function findFailovers(served: readonly ServedRequest[], posted: readonly PostedAttempt[]): Failover[] {
  const postings = new Map(posted.map((posting) => [posting.attemptId, posting]));
  const byRequest = new Map<string, ServedRequest[]>();
  for (const entry of served) {
    const requestId = postings.get(attemptOf(entry))?.requestId;
    if (requestId !== undefined) byRequest.set(requestId, [...(byRequest.get(requestId) ?? []), entry]);
  }
  return [...byRequest.values()].flatMap((entries) => {
    entries.sort((one, other) => Date.parse(one.started_at) - Date.parse(other.started_at));
    return entries.flatMap((entry, index) => {
      const next = entries[index + 1];
      const hasFailed = NOT_ANSWERED.has(postings.get(attemptOf(entry))?.outcome ?? '');
      return hasFailed && next !== undefined && next.vendor !== entry.vendor ? [between(entry, next)] : [];
    });
  });
}

function between(failed: ServedRequest, next: ServedRequest): Failover {
  const endedAt = Date.parse(failed.finished_at);
  return {
    toRequestMs: Date.parse(next.started_at) - endedAt,
    toFirstByteMs: next.first_byte_at === null ? null : Date.parse(next.first_byte_at) - endedAt,
    isMidStream: failed.stream && failed.chunks_sent > 0,
  };
}

const attemptOf = ({ correlation }: ServedRequest): string => correlation['x-skein-attempt'] ?? '';
