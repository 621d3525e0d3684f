import { describe, expect, it } from '@jest/globals';
import {
  advanceAttempt,
  attemptEvents,
  attemptStates,
  attemptTable,
  isSettled,
  plannedAttempt,
} from './attempt-machine.js';

/** The specification, written out apart from the table: state → what each event of `attemptEvents` leads to. */
const expected = `
planned    sent      refused   refused    finished  failed   cancelled  unknown  ignored
sent       refused   accepted  committed  finished  failed   cancelled  unknown  sent
accepted   refused   ignored   committed  finished  failed   cancelled  unknown  accepted
committed  refused   ignored   ignored    finished  failed   cancelled  unknown  committed
finished   ignored   ignored   ignored    ignored   ignored  ignored    ignored  ignored
failed     ignored   ignored   ignored    ignored   ignored  ignored    ignored  ignored
cancelled  ignored   ignored   ignored    ignored   ignored  ignored    ignored  ignored
unknown    ignored   ignored   ignored    finished  failed   cancelled  ignored  ignored
`;

const rows = expected
  .trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));

const cases = rows.flatMap(([state, ...results]) =>
  attemptEvents.map((event, index) => ({
    state: state as (typeof attemptStates)[number],
    event,
    result: results[index],
  })),
);

describe('the attempt machine', () => {
  it('has a row for every pair of state and event', () => {
    expect(cases).toHaveLength(attemptStates.length * attemptEvents.length);
    expect(new Set(cases.map((c) => c.state))).toEqual(new Set(attemptStates));
  });

  it.each(cases)('$state + $event → $result', ({ state, event, result }) => {
    const life = { state, fenced: false };
    if (result === 'refused') {
      expect(() => advanceAttempt(life, event)).toThrow(RangeError);
    } else if (result === 'ignored') {
      expect(advanceAttempt(life, event)).toBe(life);
    } else {
      expect(advanceAttempt(life, event)).toEqual({ state: result, fenced: event === 'fence' });
    }
  });

  it('never lets a fenced attempt commit, and keeps the mark to its end', () => {
    const fenced = advanceAttempt({ state: 'accepted', fenced: false }, 'fence');
    expect(advanceAttempt(fenced, 'commit')).toEqual({ state: 'accepted', fenced: true });
    expect(advanceAttempt(fenced, 'finish')).toEqual({ state: 'finished', fenced: true });
  });

  it('is settled exactly where the live events change nothing', () => {
    for (const state of attemptStates) {
      const quiet = (['send', 'accept', 'commit', 'lose', 'fence'] as const).every(
        (event) => attemptTable[state][event] === 'ignored',
      );
      expect(isSettled({ ...plannedAttempt, state })).toBe(quiet);
    }
  });
});
