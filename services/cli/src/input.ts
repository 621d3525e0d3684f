import { readFile } from 'node:fs/promises';
import type { Terminal } from './environment.js';
import { CommandFailure } from './failure.js';

/** The text of a file, or of standard input for `-`. Throws `CommandFailure` when it cannot be read. */
export async function readInput(file: string, terminal: Terminal): Promise<string> {
  if (file === '-') return terminal.readStdin();
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new CommandFailure(`${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}
