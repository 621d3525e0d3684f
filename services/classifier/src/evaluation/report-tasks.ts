/** The task model's report: on sources it was not trained on first of all. */
import { SUMS_AT } from '../task-features.js';
import { CLASSES } from '../task-model.js';
import { wordedTasks, type WordedTask } from '../task-rules.js';
import type { Row } from '../training/rows.js';
import {
  fitRows,
  fitTemperature,
  judge,
  judgeLeavingSourcesOut,
  labelRows,
  type LabelledRow,
} from '../training/train.js';
import {
  accuracyOf,
  confusionOf,
  coverageAt,
  coverageCurve,
  macroF1,
  toGuesses,
  type Guess,
} from './measure-guesses.js';
import { columns, percent } from './tables.js';

export interface Sets {
  /** The rows the committed model is trained on. */
  readonly training: readonly Row[];
  /** Rows by another hand that are committed but never trained on. */
  readonly heldOut: readonly Row[];
  /** Rows from outside the project, of sources that are never trained on; may be none. */
  readonly outside: readonly Row[];
}

/** Trains as often as the splits need and writes the report. `threshold` is the confidence under which one abstains. */
export function reportTasks({ training, heldOut, outside }: Sets, threshold: number): string {
  const labelled = labelRows(training);
  const judged = judgeLeavingSourcesOut(labelled);
  const temperature = fitTemperature(judged);
  const unseen = toGuesses(judged, temperature);
  const weights = fitRows(labelled);
  const guessesOn = (rows: readonly Row[]): Guess[] => toGuesses(judge(weights, labelRows(rows)), temperature);

  const sets: (readonly [string, readonly Guess[]])[] = [
    ['project rows, each source left out in turn', unseen],
    ['  of these, written after the rules', unseen.filter(({ source }) => source.startsWith('own:'))],
    ['  of these, public and template sources *', unseen.filter(({ source }) => !source.startsWith('own:'))],
    ['project rows, fifths across all sources', toGuesses(judgeFifths(labelled), temperature)],
    ['project rows, rules alone', guessByRules(labelled)],
    ['held-out rows by another hand', guessesOn(heldOut)],
    ['held-out rows, rules alone', guessByRules(labelRows(heldOut))],
  ];
  const outsideGuesses = guessesOn(outside);
  if (outside.length > 0) {
    const wordless = fitRows(labelled.map(withoutRules));
    const byWords = judge(wordless, labelRows(outside).map(withoutRules));
    sets.push(
      ['outside rows, no source trained on *', outsideGuesses],
      ['outside rows, model without rules', toGuesses(byWords, temperature)],
      ['outside rows, rules alone *', guessByRules(labelRows(outside))],
    );
  }
  const main = outside.length > 0 ? outsideGuesses : unseen;
  return [
    '# Task\n',
    summary(sets),
    '* The rules were written while looking at these rows, the model was not trained on any of the source. Fairer to the',
    '  rules are the rows written after them, though those are harder than most: each file is of a kind of its own.\n',
    '## By source\n',
    bySource([...unseen, ...guessesOn(heldOut), ...outsideGuesses]),
    `## Coverage and accuracy (${outside.length > 0 ? 'outside rows' : 'sources left out'}), surest first\n`,
    curve(main),
    '## Confusion: meant in rows, said in columns\n',
    confusion(main),
    '## Effective accuracy\n',
    effective(main, threshold),
  ].join('\n');
}

/** What remains when a model knows no rule: the rules' hits and sums are taken out. */
function withoutRules(labelled: LabelledRow): LabelledRow {
  const { features } = labelled;
  const kept = [...features.places.keys()].filter((at) => (features.places[at] ?? 0) >= SUMS_AT + CLASSES);
  return {
    ...labelled,
    features: {
      places: Uint32Array.from(kept, (at) => features.places[at] ?? 0),
      values: Float32Array.from(kept, (at) => features.values[at] ?? 0),
      count: kept.length,
    },
  };
}

/** The task whose rules add up to most; qa when none hit. */
function guessByRules(rows: readonly LabelledRow[]): Guess[] {
  return rows.map(({ row, features }) => {
    let task: WordedTask = 'qa';
    let most = 0;
    for (const [at, place] of features.places.entries()) {
      const name = wordedTasks[place - SUMS_AT];
      if (name !== undefined && (features.values[at] ?? 0) > most) [task, most] = [name, features.values[at] ?? 0];
    }
    return { truth: row.task, task, confidence: most, lang: row.lang, source: row.source };
  });
}

function judgeFifths(rows: readonly LabelledRow[]): ReturnType<typeof judge> {
  // Every fifth row: the files are ordered by source and task, so that each fifth has its part of all.
  return [0, 1, 2, 3, 4].flatMap((fifth) => {
    const weights = fitRows(rows.filter((_, place) => place % 5 !== fifth));
    return judge(
      weights,
      rows.filter((_, place) => place % 5 === fifth),
    );
  });
}

function summary(sets: readonly (readonly [string, readonly Guess[]])[]): string {
  const lines = sets.map(([name, guesses]) => {
    const at95 = coverageAt(guesses, 0.95);
    return [
      name,
      String(guesses.length),
      percent(accuracyOf(guesses)),
      macroF1(guesses).toFixed(3),
      percent(accuracyOf(guesses.filter(({ lang }) => lang === 'en'))),
      percent(accuracyOf(guesses.filter(({ lang }) => lang === 'zh'))),
      name.includes('rules alone') ? '-' : percent(at95.coverage),
      name.includes('rules alone') ? '-' : at95.threshold.toFixed(2),
    ];
  });
  return columns(['rows', 'n', 'accuracy', 'macro-F1', 'en', 'zh', 'covered at 95 %', 'threshold'], lines);
}

function bySource(guesses: readonly Guess[]): string {
  const lines = [...Map.groupBy(guesses, ({ source }) => source)].map(([source, group]) => {
    return [source, String(group.length), percent(accuracyOf(group))];
  });
  return columns(['source', 'n', 'accuracy'], lines);
}

function curve(guesses: readonly Guess[]): string {
  const lines = coverageCurve(guesses).map(({ coverage, accuracy, threshold }) => {
    return [percent(coverage), percent(accuracy), threshold.toFixed(2)];
  });
  return columns(['covered', 'accuracy', 'threshold'], lines);
}

function confusion(guesses: readonly Guess[]): string {
  const counts = confusionOf(guesses);
  const short = wordedTasks.map((task) => task.slice(0, 6));
  return columns(
    ['', ...short],
    wordedTasks.map((task, place) => [
      task,
      ...(counts[place] ?? []).map((count) => (count === 0 ? '·' : String(count))),
    ]),
  );
}

/** Declared tasks are right by definition; the unsure rest is either left to the policy's default or put to an LLM. */
function effective(guesses: readonly Guess[], threshold: number): string {
  const sure = guesses.filter(({ confidence }) => confidence >= threshold);
  const covered = sure.length / guesses.length;
  const wrong = sure.filter(({ truth, task }) => truth !== task).length / guesses.length;
  const lines = [0, 0.25, 0.5, 0.75].map((declared) => {
    const guessed = 1 - declared;
    return [
      percent(declared),
      percent(guessed * covered),
      percent(guessed * (1 - covered)),
      percent(guessed * wrong),
      percent((declared + guessed * (covered - wrong)) / (declared + guessed * covered)),
      percent(declared + guessed * (covered - wrong) + guessed * (1 - covered) * ASSUMED_LLM),
    ];
  });
  const head = ['declared', 'confident', 'abstained', 'misrouted', 'right when it speaks', 'with an LLM for the rest'];
  return `Threshold ${threshold}. An LLM is assumed right in ${percent(ASSUMED_LLM)} of the rest; it is off by default and not measured.\n\n${columns(head, lines)}`;
}

const ASSUMED_LLM = 0.9;
