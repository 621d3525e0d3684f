export { runAttemptAt, attemptOrder, attemptOutcome, type AttemptOrder, type AttemptOutcome } from './run-attempt.js';
