import { describe, expect, it } from '@jest/globals';
import type { AttemptEnding, AttemptState } from '@skein/contracts/attempt';
import { foldAttempt, newsOfEnd, newsOfStart, type AttemptNews, type AttemptRecord } from './fold-attempt.js';
import { attemptFinished, attemptStarted } from '../test/fact-samples.js';

const start = newsOfStart(attemptStarted({ at: 1_000 }));
const end = (outcome: AttemptEnding): AttemptNews =>
  newsOfEnd(attemptFinished({ at: 1_500, total_ms: 400, outcome, cost_nano_usd: outcome === 'unknown' ? null : 5 }));

const fold = (...news: readonly AttemptNews[]): AttemptRecord => {
  const [first, ...rest] = news;
  if (first === undefined) throw new Error('nothing to fold');
  return rest.reduce<AttemptRecord>((known, each) => foldAttempt(known, each), foldAttempt(null, first));
};

describe('the facts of an attempt', () => {
  const cases: [string, AttemptNews[], AttemptState][] = [
    ['a start', [start], 'sent'],
    ['a start and an end', [start, end('finished')], 'finished'],
    ['an end that overtook its start', [end('failed'), start], 'failed'],
    ['everything twice', [start, start, end('cancelled'), start, end('cancelled')], 'cancelled'],
    ['a lost worker', [start, end('unknown')], 'unknown'],
    ['a worker that was lost and had finished', [start, end('unknown'), end('finished')], 'finished'],
    ['the same, the other way round', [end('finished'), end('unknown'), start], 'finished'],
    ['a start after the worker was given up', [end('unknown'), start], 'unknown'],
  ];
  it.each(cases)('%s', (_name, news, state) => {
    expect(fold(...news).state).toBe(state);
  });

  it('come to the same in every order', () => {
    const inOrder = fold(start, end('unknown'), end('finished'));
    for (const news of permutations([start, end('unknown'), end('finished'), start])) {
      expect(fold(...news)).toMatchObject({ state: 'finished', summary: inOrder.summary, no: 1 });
    }
  });

  it('cost nothing that is known while their outcome is unknown', () => {
    const guessed = newsOfEnd(attemptFinished({ outcome: 'unknown', cost_nano_usd: 9 }));
    expect(fold(start, guessed).summary.cost_nano_usd).toBeNull();
    expect(fold(start, guessed, end('finished')).summary.cost_nano_usd).toBe(5);
  });

  it('give the same object back when nothing is new, so that nothing is written', () => {
    const known = fold(start, end('finished'));
    expect(foldAttempt(known, end('finished'))).toBe(known);
    expect(foldAttempt(known, start)).toBe(known);
  });

  it('keep the earliest beginning', () => {
    expect(fold(start, end('finished')).startedAt).toBe(1_000);
    expect(fold(end('finished')).startedAt).toBe(1_100);
  });
});

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}
