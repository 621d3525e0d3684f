export { runAttemptAt, attemptOrder, attemptOutcome, type AttemptOrder, type AttemptOutcome } from './run-attempt.js';
export { probeVendorAt } from './probe-vendor.js';
