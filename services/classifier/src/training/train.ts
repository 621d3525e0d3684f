/** Rows → the task model: how much each row counts, the fit, and the temperature from sources left out. */
import { readTaskFeatures, type SparseFeatures } from '../task-features.js';
import { scoresOf, softmax, type TaskModel } from '../task-model.js';
import { wordedTasks } from '../task-rules.js';
import { fit, type Example } from './fit.js';
import type { Row } from './rows.js';

/** A public source weighs at most this many rows: three hundred alike from one place are not three hundred opinions. */
const SOURCE_WEIGHT = 60;
/** A task with few rows is helped by no more than this. */
const MOST_HELP = 3;

export interface LabelledRow {
  readonly row: Row;
  readonly features: SparseFeatures;
  readonly label: number;
}

/** Reads the rows' features once; fits may then share them. */
export function labelRows(rows: readonly Row[]): LabelledRow[] {
  return rows.map((row) => ({
    row,
    features: readTaskFeatures({ ask: row.text, instructions: row.instructions }),
    label: wordedTasks.indexOf(row.task),
  }));
}

/** Fits weights to rows, with sources and tasks evened out. */
export function fitRows(rows: readonly LabelledRow[]): Float32Array {
  return fit(weigh(rows));
}

function weigh(rows: readonly LabelledRow[]): Example[] {
  const sizes = new Map<string, number>();
  for (const { row } of rows) sizes.set(row.source, (sizes.get(row.source) ?? 0) + 1);
  const shareOf = ({ source }: Row): number =>
    source.startsWith('own:') ? 1 : Math.min(1, SOURCE_WEIGHT / (sizes.get(source) ?? 1));
  const mass = new Float64Array(wordedTasks.length);
  for (const { row, label } of rows) mass[label] = (mass[label] ?? 0) + shareOf(row);
  const mean = mass.reduce((total, each) => total + each, 0) / mass.length;
  return rows.map(({ row, features, label }) => {
    const help = Math.min(MOST_HELP, Math.sqrt(mean / (mass[label] ?? mean)));
    return { features, label, weight: shareOf(row) * help };
  });
}

export interface Judged {
  readonly row: Row;
  readonly label: number;
  readonly scores: Float64Array;
}

/** Scores the given rows with weights that were fitted to other ones. */
export function judge(weights: Float32Array, rows: readonly LabelledRow[]): Judged[] {
  return rows.map(({ row, features, label }) => ({ row, label, scores: scoresOf(weights, features) }));
}

/** Every row scored by a fit that saw nothing of its source. */
export function judgeLeavingSourcesOut(rows: readonly LabelledRow[]): Judged[] {
  const sources = [...new Set(rows.map(({ row }) => row.source))];
  return sources.flatMap((source) => {
    const weights = fitRows(rows.filter(({ row }) => row.source !== source));
    return judge(
      weights,
      rows.filter(({ row }) => row.source === source),
    );
  });
}

/** The temperature that makes the right task likeliest over rows that were not trained on, by golden section. */
export function fitTemperature(judged: readonly Judged[]): number {
  const surprise = (temperature: number): number =>
    judged.reduce((sum, { scores, label }) => sum - Math.log(softmax(scores.slice(), temperature)[label] ?? 1), 0);
  const ratio = (Math.sqrt(5) - 1) / 2;
  let low = 0.3;
  let high = 5;
  while (high - low > 0.005) {
    const left = high - ratio * (high - low);
    const right = low + ratio * (high - low);
    if (surprise(left) < surprise(right)) high = right;
    else low = left;
  }
  return Math.round(((low + high) / 2) * 100) / 100;
}

/** The model that is committed. The same rows give the same model. */
export function trainModel(rows: readonly Row[]): TaskModel {
  const labelled = labelRows(rows);
  return { weights: fitRows(labelled), temperature: fitTemperature(judgeLeavingSourcesOut(labelled)) };
}
