/** Multinomial logistic regression by Adagrad over rows in a fixed order: the same rows give the same weights, bit for bit. */
import { FEATURES, type SparseFeatures } from '../task-features.js';
import { wordedTasks } from '../task-rules.js';

const CLASSES = wordedTasks.length;

export interface Example {
  readonly features: SparseFeatures;
  /** Place of the task in `wordedTasks`. */
  readonly label: number;
  readonly weight: number;
}

export interface FitOptions {
  readonly epochs: number;
  readonly rate: number;
  /** Strength of the pull towards zero. */
  readonly decay: number;
}

export const defaultFit: FitOptions = { epochs: 30, rate: 0.15, decay: 3e-4 };

/** Weights, `CLASSES` a feature, feature by feature. */
export function fit(examples: readonly Example[], { epochs, rate, decay }: FitOptions = defaultFit): Float32Array {
  const weights = new Float32Array(FEATURES * CLASSES);
  const squares = new Float32Array(FEATURES * CLASSES).fill(1e-2);
  const order = examples.map((_, place) => place);
  const random = lcg(20_240_601);
  const slope = new Float64Array(CLASSES);
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    shuffle(order, random);
    for (const place of order) {
      const example = examples[place];
      if (example === undefined) continue;
      const { features, label, weight } = example;
      softmax(scoresOf(weights, features), slope);
      slope[label] = (slope[label] ?? 0) - 1;
      for (let at = 0; at < features.count; at += 1) {
        const base = (features.places[at] ?? 0) * CLASSES;
        const value = features.values[at] ?? 0;
        for (let task = 0; task < CLASSES; task += 1) {
          const cell = base + task;
          const now = weights[cell] ?? 0;
          const gradient = weight * (slope[task] ?? 0) * value + decay * now;
          const square = (squares[cell] ?? 0) + gradient * gradient;
          squares[cell] = square;
          weights[cell] = now - (rate * gradient) / Math.sqrt(square);
        }
      }
    }
  }
  return weights;
}

/** Each class's score before the softmax. */
export function scoresOf(weights: Float32Array | Int8Array, { places, values, count }: SparseFeatures): Float64Array {
  const scores = new Float64Array(CLASSES);
  for (let at = 0; at < count; at += 1) {
    const base = (places[at] ?? 0) * CLASSES;
    const value = values[at] ?? 0;
    for (let task = 0; task < CLASSES; task += 1) scores[task] = (scores[task] ?? 0) + value * (weights[base + task] ?? 0);
  }
  return scores;
}

export function softmax(scores: Float64Array, into: Float64Array): void {
  const most = Math.max(...scores);
  let sum = 0;
  for (const [task, score] of scores.entries()) sum += into[task] = Math.exp(score - most);
  for (const [task, share] of into.entries()) into[task] = share / sum;
}

function lcg(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

function shuffle(order: number[], random: () => number): void {
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
  }
}
