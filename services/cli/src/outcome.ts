/** How a command ended, for the exit code of the process. */
export interface Outcome {
  exitCode: number;
}
