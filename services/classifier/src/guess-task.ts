/** What the words and the structure of a prompt suggest it asks for, and how sure that is. */
import type { Task } from '@skein/contracts/gateway';
import { seeTaskFeatures, type Asked } from './task-features.js';
import { CLASSES, scoresOf, softmax, unpackModel, type TaskModel } from './task-model.js';
import { wordedTasks, type WordedTask } from './task-rules.js';
import { taskWeights } from './task-weights.js';

export interface TaskGuess {
  readonly task: Task;
  /** 0–1: of guesses at .8, about eight in ten are right on sources that were not trained on. */
  readonly confidence: number;
}

const committed = unpackModel(taskWeights);
/** Filled anew for each guess: memory of its own would cost more than the sums. */
const scores = new Float64Array(CLASSES);

/** Guesses what is asked for; nothing but blanks and signs is a question one cannot be sure of. */
export function guessTask(asked: Asked, model: TaskModel = committed): TaskGuess & { readonly task: WordedTask } {
  const shares = softmax(scoresOf(model.weights, seeTaskFeatures(asked), scores), model.temperature);
  let best = 0;
  for (let task = 1; task < shares.length; task += 1) if ((shares[task] ?? 0) > (shares[best] ?? 0)) best = task;
  const task = wordedTasks[best] ?? 'qa';
  return { task, confidence: shares[best] ?? 0 };
}
