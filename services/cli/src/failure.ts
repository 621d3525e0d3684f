/** Anything a command says no with: shown as one line, never as a stack. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';

  constructor(
    message: string,
    /** The mesh's own code (`rate_limit_exceeded`), when the mesh said it. */
    readonly code: string | null = null,
    readonly status: number | null = null,
  ) {
    super(message);
  }

  /** Code and message, for one line of a report. */
  get reason(): string {
    return this.code === null ? this.message : `${this.code}: ${this.message}`;
  }
}

/** The message of anything thrown, on one line. */
export function describeFailure(thrown: unknown): string {
  if (thrown instanceof CommandFailure) {
    const status = thrown.status === null ? '' : ` (${thrown.status})`;
    return `${thrown.reason}${status}`;
  }
  return thrown instanceof Error ? thrown.message : String(thrown);
}
