import type { StepKey } from '../engine/step.js';
import type { AnswerWatcher } from './ask-model.js';
import type { KeptStep } from './run.js';

/** What is told of a run while it goes on, to whoever waits for it. */
export interface RunWatcher {
  onStepStarted(step: StepKey): void;
  onStepFinished(step: KeptStep): void;
  /** Null: this step's words are not asked for. */
  watch(step: StepKey): AnswerWatcher | null;
}

/** Nobody looks on. */
export const nobody: RunWatcher = {
  onStepStarted: () => undefined,
  onStepFinished: () => undefined,
  watch: () => null,
};
