export { runSkein } from './program.js';
export type { Terminal } from './environment.js';
