/** Multinomial logistic regression over sparse features: scores, shares, and the committed weights in their packed form. */
import { FEATURES, NGRAMS_AT, type SparseFeatures } from './task-features.js';
import { wordedTasks } from './task-rules.js';

export const CLASSES = wordedTasks.length;

export interface TaskModel {
  /** `CLASSES` weights a feature, feature by feature. */
  readonly weights: Float32Array;
  /** Divides the scores, so that a share of .8 is right eight times in ten. */
  readonly temperature: number;
}

/** A model as it is committed: one byte a weight, one step for rules and signs, another for n-grams. */
export interface PackedModel {
  readonly temperature: number;
  readonly signStep: number;
  readonly ngramStep: number;
  /** Base64 of signed bytes. */
  readonly bytes: string;
}

/** Each task's score, written into `scores` where some are given. */
export function scoresOf(
  weights: Float32Array,
  { places, values, count }: SparseFeatures,
  scores = new Float64Array(CLASSES),
): Float64Array {
  scores.fill(0);
  for (let at = 0; at < count; at += 1) {
    const base = (places[at] ?? 0) * CLASSES;
    const value = values[at] ?? 0;
    for (let task = 0; task < CLASSES; task += 1) {
      scores[task] = (scores[task] ?? 0) + value * (weights[base + task] ?? 0);
    }
  }
  return scores;
}

/** Turns scores into shares that sum to 1, in place. */
export function softmax(scores: Float64Array, temperature = 1): Float64Array {
  let most = -Infinity;
  for (let task = 0; task < scores.length; task += 1) most = Math.max(most, scores[task] ?? 0);
  let sum = 0;
  for (let task = 0; task < scores.length; task += 1) {
    sum += scores[task] = Math.exp(((scores[task] ?? 0) - most) / temperature);
  }
  for (let task = 0; task < scores.length; task += 1) scores[task] = (scores[task] ?? 0) / sum;
  return scores;
}

const NGRAM_CELLS = NGRAMS_AT * CLASSES;

/** Rounds weights to bytes. */
export function packModel({ weights, temperature }: TaskModel): PackedModel {
  const signStep = stepOf(weights.subarray(0, NGRAM_CELLS));
  const ngramStep = stepOf(weights.subarray(NGRAM_CELLS));
  const bytes = Int8Array.from(weights, (weight, cell) =>
    Math.round(weight / (cell < NGRAM_CELLS ? signStep : ngramStep)),
  );
  return { temperature, signStep, ngramStep, bytes: Buffer.from(bytes.buffer).toString('base64') };
}

const stepOf = (weights: Float32Array): number =>
  weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 1e-6) / 127;

/** Reads a packed model. Throws when it was trained for other features than these. */
export function unpackModel({ temperature, signStep, ngramStep, bytes }: PackedModel): TaskModel {
  const packed = new Int8Array(Buffer.from(bytes, 'base64'));
  if (packed.length !== FEATURES * CLASSES)
    throw new Error('the task weights were trained for other features; train anew');
  const weights = Float32Array.from(packed, (byte, cell) => byte * (cell < NGRAM_CELLS ? signStep : ngramStep));
  return { weights, temperature };
}
