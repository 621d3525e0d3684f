/** Multinomial logistic regression by Adagrad over rows in a fixed order: the same rows give the same weights, bit for bit. */
import { FEATURES, type SparseFeatures } from '../task-features.js';
import { CLASSES, scoresOf, softmax } from '../task-model.js';

// Bound once: looking `Math` up a hundred million times is most of the fit where globals are proxied, as under jest.
const { imul, sqrt } = Math;

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

export const defaultFit: FitOptions = { epochs: 30, rate: 0.15, decay: 1e-3 };

/** Weights, `CLASSES` a feature, feature by feature. */
export function fit(examples: readonly Example[], { epochs, rate, decay }: FitOptions = defaultFit): Float32Array {
  const weights = new Float32Array(FEATURES * CLASSES);
  const squares = new Float32Array(FEATURES * CLASSES).fill(1e-2);
  const order = examples.map((_, place) => place);
  const random = lcg(20_240_601);
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    shuffle(order, random);
    for (const place of order) {
      const example = examples[place];
      if (example === undefined) continue;
      const { features, label, weight } = example;
      const slope = softmax(scoresOf(weights, features));
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
          weights[cell] = now - (rate * gradient) / sqrt(square);
        }
      }
    }
  }
  return weights;
}

function lcg(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

function shuffle(order: number[], random: () => number): void {
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
  }
}
