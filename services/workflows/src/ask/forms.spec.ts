import { describe, expect, it } from '@jest/globals';
import { readChoice, readPlan, readRanking, readTurn, readVerdict } from './forms.js';

const planOf = (...tasks: [id: string, ...needs: string[]][]): string =>
  JSON.stringify({ tasks: tasks.map(([id, ...needs]) => ({ id, prompt: `do ${id}`, needs })) });

describe('a plan', () => {
  it('is brought into an order in which each task comes after what it needs', () => {
    expect(readPlan(planOf(['b', 'a'], ['a']), 5).map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it.each([
    [planOf(['a', 'z']), 'task "a" needs "z", which is not there'],
    [planOf(['a'], ['a']), 'task "a" is there twice'],
    [planOf(['a', 'b'], ['b', 'a']), 'a → b → a'],
    [planOf(['a'], ['b'], ['c']), '3 tasks, 2 are the most'],
    ['{"tasks":[]}', 'no plan'],
    ['First we think.', 'not JSON'],
  ])('that does not hold together is not carried out: %s', (answer, message) => {
    expect(() => readPlan(answer, 2)).toThrow(message);
  });
});

describe('a verdict', () => {
  it.each([
    ['{"pass":true,"critique":""}', { pass: true, critique: '' }],
    ['```json\n{"pass":false,"critique":"too long"}\n```', { pass: false, critique: 'too long' }],
    ['FAIL: it is wrong', { pass: false, critique: 'it is wrong' }],
    ['**PASS**', { pass: true, critique: '' }],
  ])('is read from %j', (answer, expected) => {
    expect(readVerdict(answer)).toEqual(expected);
  });

  it('that is none is an invalid answer, worth another try', () => {
    expect(() => readVerdict('Looks fine to me.')).toThrow('no verdict');
  });
});

describe('a judge', () => {
  it('chooses from one, and only what is there', () => {
    expect(readChoice('{"best":2,"reason":"r"}', 2)).toEqual({ best: 1, reason: 'r' });
    expect(() => readChoice('{"best":3,"reason":""}', 2)).toThrow('3 of 2');
  });

  it('of passages may forget some, and none comes twice', () => {
    expect(readRanking('{"order":[3,3,9,1]}', 4)).toEqual([2, 0, 1, 3]);
  });
});

describe('a turn', () => {
  it('adds to what is shared and hands on', () => {
    const answer = JSON.stringify({ message: 'm', next: 'b', shared: [{ key: 'k', value: 'v' }] });
    expect(readTurn(answer, ['a', 'b'], { old: 'o' })).toEqual({
      output: 'm',
      next: 'b',
      shared: { old: 'o', k: 'v' },
    });
    expect(() => readTurn(answer, ['a'], {})).toThrow('who does not take part');
  });
});
