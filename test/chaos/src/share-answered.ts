// What share of the customers was answered while the vendor they would have had failed, and others lived. Pure.
import type { Row } from './run-fault.js';

export interface ShareAnswered {
  readonly asked: number;
  readonly answered: number;
}

const PROMISED = 0.9999;

/** Requests, streams and jobs of all these rows together; null where nobody asked. */
export function shareAnswered(rows: readonly Row[]): ShareAnswered | null {
  const total = (of: (row: Row) => number): number => rows.reduce((sum, row) => sum + of(row), 0);
  const asked = total(({ tally }) => tally.asked + tally.allJobs);
  if (asked === 0) return null;
  return { asked, answered: total(({ tally }) => tally.answeredWhole + tally.jobsDone) };
}

export const isEnough = ({ asked, answered }: ShareAnswered): boolean => answered >= PROMISED * asked;

export function showAnswered({ asked, answered }: ShareAnswered): string {
  const percent = Math.floor((answered / asked) * 1e6) / 1e4;
  return `while the first vendor failed: ${answered} of ${asked} answered (${percent} %; promised ${PROMISED * 100} %)`;
}
