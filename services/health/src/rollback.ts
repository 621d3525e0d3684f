/** When a model gives way to its backup, and when it comes back: by its error rate of the last five minutes. Pure. */
export const rollbackRules = {
  /** Above this rate it stands behind the others; at or below `backAt` it comes back. */
  errorRate: 0.02,
  backAt: 0.01,
  /** A rate means nothing over fewer attempts, nor over a single error. */
  attempts: 20,
  errors: 2,
} as const;

export interface Outcomes {
  readonly attempts: number;
  readonly errors: number;
}

/** With its backup at work its own attempts fall out of the window: then it is tried again. */
export function isRolledBack(wasRolledBack: boolean, { attempts, errors }: Outcomes): boolean {
  const rate = attempts === 0 ? 0 : errors / attempts;
  if (wasRolledBack) return rate > rollbackRules.backAt && attempts >= rollbackRules.errors;
  return attempts >= rollbackRules.attempts && errors >= rollbackRules.errors && rate > rollbackRules.errorRate;
}
