import { describe, expect, it } from '@jest/globals';
import { jobStatuses, type JobStatus } from '@skein/contracts/jobs';
import { hasEnded, jobEvents, moveOf, nextStatus } from './next-status.js';

/** The specification, written out apart from the table: status → where each event of `jobEvents` leads; `-`: nowhere. */
//          release  take     succeed    fail    retry      lose    cancel     expire   redrive
const expected = `
queued      -        running  -          -       -          -       cancelled  expired  -
scheduled   queued   running  -          -       -          -       cancelled  expired  -
running     -        -        succeeded  failed  scheduled  queued  cancelled  expired  -
succeeded   -        -        -          -       -          -       -          -  -
failed      -        -        -          -       -          -       -          -  queued
cancelled   -        -        -          -       -          -       -          -  queued
expired     -        -        -          -       -          -       -          -  queued
`;

const cases = expected
  .trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/))
  .flatMap(([status, ...results]) =>
    jobEvents.map((event, index) => ({ status: status as JobStatus, event, result: results[index] ?? 'missing' })),
  );

describe('the life of a job', () => {
  it('has a row for every pair of status and event', () => {
    expect(cases).toHaveLength(jobStatuses.length * jobEvents.length);
    expect(new Set(cases.map(({ status }) => status))).toEqual(new Set(jobStatuses));
  });

  it.each(cases)('$status + $event → $result', ({ status, event, result }) => {
    expect(nextStatus(status, event) ?? '-').toBe(result);
  });

  it.each(jobEvents)('%s leads to one status only, so that one UPDATE can carry it out', (event) => {
    const targets = new Set(jobStatuses.map((status) => nextStatus(status, event)).filter((status) => status !== null));
    expect([...targets]).toEqual([moveOf(event).to]);
  });

  it('ends in exactly four ways', () => {
    expect(jobStatuses.filter(hasEnded)).toEqual(['succeeded', 'failed', 'cancelled', 'expired']);
  });
});
