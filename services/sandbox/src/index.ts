export { baseUrlFor, startSandbox, type Sandbox, type SandboxOptions } from './sandbox.js';
export type { Knobs } from './knobs.js';
export type { Outcome, Served, Stats } from './audit.js';
