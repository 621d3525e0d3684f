export {
  Complete,
  ExplainRoute,
  completionOrder,
  completionResult,
  attemptSummary,
  explanation,
  type CompletionOrder,
  type CompletionResult,
  type AttemptSummary,
  type Explanation,
} from './complete.js';
export { sheddable, type Sheddable } from './sheddable.js';
export { CompletionFinished, type CompletionFinishedFact } from './completion-finished.js';
