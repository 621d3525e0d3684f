/** Measures over guesses whose right answer is known: accuracy, macro-F1, coverage at an accuracy, confusion. */
import { softmax } from '../task-model.js';
import { wordedTasks, type WordedTask } from '../task-rules.js';
import type { Judged } from '../training/train.js';

export interface Guess {
  readonly truth: WordedTask;
  readonly task: WordedTask;
  readonly confidence: number;
  readonly lang: string;
  readonly source: string;
}

/** What the model says of rows it has scored. */
export function toGuesses(judged: readonly Judged[], temperature: number): Guess[] {
  return judged.map(({ row, scores }) => {
    const shares = softmax(scores.slice(), temperature);
    const confidence = Math.max(...shares);
    const task = wordedTasks[shares.indexOf(confidence)] ?? 'qa';
    return { truth: row.task, task, confidence, lang: row.lang, source: row.source };
  });
}

const isRight = ({ truth, task }: Guess): boolean => truth === task;

/** Share of right guesses, 0–1. */
export const accuracyOf = (guesses: readonly Guess[]): number =>
  guesses.length === 0 ? 0 : guesses.filter(isRight).length / guesses.length;

/** Mean of the tasks' F1, over the tasks that occur. */
export function macroF1(guesses: readonly Guess[]): number {
  const occurring = wordedTasks.filter((task) => guesses.some(({ truth }) => truth === task));
  const scores = occurring.map((name) => {
    const right = guesses.filter(({ truth, task }) => truth === name && task === name).length;
    const meant = guesses.filter(({ truth }) => truth === name).length;
    const said = guesses.filter(({ task }) => task === name).length;
    return (2 * right) / (meant + said);
  });
  return scores.reduce((sum, score) => sum + score, 0) / occurring.length;
}

export interface CurvePoint {
  /** Share of the guesses that are kept, the surest first. */
  readonly coverage: number;
  readonly accuracy: number;
  /** The least confidence among them. */
  readonly threshold: number;
}

const surestFirst = (guesses: readonly Guess[]): Guess[] =>
  [...guesses].sort((left, right) => right.confidence - left.confidence);

/** Accuracy of the surest tenth, fifth and so on. */
export function coverageCurve(guesses: readonly Guess[]): CurvePoint[] {
  const ranked = surestFirst(guesses);
  return Array.from({ length: 10 }, (_, tenth) => {
    const kept = ranked.slice(0, Math.round((ranked.length * (tenth + 1)) / 10));
    return { coverage: (tenth + 1) / 10, accuracy: accuracyOf(kept), threshold: kept.at(-1)?.confidence ?? 0 };
  });
}

/** The largest share of the surest guesses that is still as accurate as asked. */
export function coverageAt(guesses: readonly Guess[], accuracy: number): CurvePoint {
  const ranked = surestFirst(guesses);
  let best: CurvePoint = { coverage: 0, accuracy: 1, threshold: 1 };
  let right = 0;
  for (const [place, guess] of ranked.entries()) {
    if (isRight(guess)) right += 1;
    const reached = right / (place + 1);
    if (reached < accuracy) continue;
    best = { coverage: (place + 1) / ranked.length, accuracy: reached, threshold: guess.confidence };
  }
  return best;
}

/** Rows: what was meant; columns: what was said; both in the order of `wordedTasks`. */
export function confusionOf(guesses: readonly Guess[]): number[][] {
  return wordedTasks.map((meant) =>
    wordedTasks.map((said) => guesses.filter(({ truth, task }) => truth === meant && task === said).length),
  );
}
