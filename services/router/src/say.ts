import type { PolicyProblem } from '@skein/contracts/router';

/** Notes a problem of a policy at its path. */
export type Say = (severity: PolicyProblem['severity'], path: string, message: string) => void;
