export {
  attemptStates,
  attemptEvents,
  attemptTable,
  plannedAttempt,
  isSettled,
  advanceAttempt,
  type AttemptState,
  type AttemptEvent,
  type AttemptLife,
  type Transition,
} from './attempt-machine.js';
export { vendorQuota, type VendorQuota } from './vendor-quota.js';
export {
  usageBuckets,
  usageSource,
  usageUnits,
  noUsage,
  inputTokens,
  outputTokens,
  addUsage,
  type TokenBucket,
  type UsageBuckets,
  type UsageUnits,
  type UsageSource,
} from './usage.js';
export {
  caller,
  requestKind,
  answerValidation,
  attemptEnding,
  exchangeRate,
  AttemptStarted,
  AttemptFinished,
  type Caller,
  type RequestKind,
  type AnswerValidation,
  type AttemptEnding,
  type AttemptStartedFact,
  type AttemptFinishedFact,
} from './attempt-facts.js';
export { answerHead, noticeFrame, usageFrame, type AnswerHead, type NoticeFrame, type UsageFrame } from './frames.js';
