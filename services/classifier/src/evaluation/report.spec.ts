import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { guessTask } from '../guess-task.js';
import { readJsonRows, readTrainingRows } from '../training/rows.js';
import { fitRows, judge, labelRows } from '../training/train.js';
import {
  accuracyOf,
  confusionOf,
  coverageAt,
  coverageCurve,
  macroF1,
  toGuesses,
  type Guess,
} from './measure-guesses.js';
import { complexityOf, readOutcomes } from './report-complexity.js';
import { measureRecovery } from './routing-outcomes.js';

const data = fileURLToPath(new URL('../../data', import.meta.url));

describe('the task model', () => {
  it('is right in 85 of 100 held-out rows by another hand, and in 90 of those it is sure of', () => {
    const guesses = readJsonRows(join(data, 'held-out.jsonl')).map((row) => ({
      right: row.task,
      ...guessTask({ ask: row.text, instructions: '' }),
    }));
    expect(guesses.filter(({ task, right }) => task === right).length / guesses.length).toBeGreaterThanOrEqual(0.85);
    const sure = guesses.filter(({ confidence }) => confidence >= 0.7);
    expect(sure.length / guesses.length).toBeGreaterThan(0.5);
    // Of so few rows one is three points: the floor stands two rows under what is aimed at, 95.
    expect(sure.filter(({ task, right }) => task === right).length / sure.length).toBeGreaterThanOrEqual(0.9);
  });

  it('stays above its floor on sources left out, in either language', () => {
    const left = new Set([
      'arena-hard-v0.1',
      'synthetic:extraction-templates',
      'own:en-study',
      'own:zh-study',
      'own:zh-work',
    ]);
    const rows = labelRows(readTrainingRows(data));
    const weights = fitRows(rows.filter(({ row }) => !left.has(row.source)));
    const guesses = toGuesses(
      judge(
        weights,
        rows.filter(({ row }) => left.has(row.source)),
      ),
      1,
    );
    expect(guesses.length).toBeGreaterThan(400);
    expect(accuracyOf(guesses)).toBeGreaterThan(0.75);
    expect(accuracyOf(guesses.filter(({ lang }) => lang === 'zh'))).toBeGreaterThan(0.75);
    expect(coverageAt(guesses, 0.9).coverage).toBeGreaterThan(0.5);
  }, 60_000);
});

describe('the complexity score', () => {
  const outcomes = readOutcomes(join(data, 'outcomes.jsonl'));

  it.each(['gsm8k', 'mmlu'])('sends more of the right prompts of %s to the strong model than length does', (name) => {
    const set = outcomes.filter(({ bench }) => bench === name);
    const { apgr } = measureRecovery(set, complexityOf);
    expect(apgr).toBeGreaterThan(measureRecovery(set, (prompt) => prompt.length).apgr + 0.01);
    expect(apgr).toBeGreaterThan(0.58);
  });
});

describe('measureRecovery', () => {
  // Ten prompts; the strong model gains on the two longest.
  const outcomes = Array.from({ length: 10 }, (_, place) => ({
    prompt: 'x'.repeat(place + 1),
    weak: place >= 8 ? 0 : 1,
    strong: 1,
  }));

  it('is at its most when the hardest come first', () => {
    expect(measureRecovery(outcomes, (prompt) => prompt.length)).toEqual({ apgr: 0.9, cpt50: 10, cpt80: 16 });
  });

  it('is at its least when they come last', () => {
    const { apgr, cpt50 } = measureRecovery(outcomes, (prompt) => -prompt.length);
    expect(apgr).toBeCloseTo(0.1);
    expect(cpt50).toBe(90);
  });
});

describe('the measures of guesses', () => {
  const guess = (truth: Guess['truth'], task: Guess['task'], confidence: number): Guess => ({
    truth,
    task,
    confidence,
    lang: 'en',
    source: 'x',
  });
  const guesses = [
    guess('code', 'code', 0.9),
    guess('code', 'code', 0.8),
    guess('qa', 'code', 0.4),
    guess('qa', 'qa', 0.6),
  ];

  it('count what is right, and each task alike', () => {
    expect(accuracyOf(guesses)).toBe(0.75);
    expect(macroF1(guesses)).toBeCloseTo((4 / 5 + 2 / 3) / 2);
    expect(
      confusionOf(guesses)
        .flat()
        .reduce((sum, count) => sum + count, 0),
    ).toBe(4);
  });

  it('find how much is covered at an accuracy', () => {
    expect(coverageAt(guesses, 0.95)).toEqual({ coverage: 0.75, accuracy: 1, threshold: 0.6 });
    expect(coverageCurve(guesses).at(-1)).toEqual({ coverage: 1, accuracy: 0.75, threshold: 0.4 });
  });
});
