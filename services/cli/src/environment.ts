/**
 * The one file of the command that touches the process's environment. A client may import contracts alone, so it reads
 * these few names itself instead of using the rooms' settings library.
 */
import { fileURLToPath } from 'node:url';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a command runs: everything it may read from or write to, so that a test can stand in for a terminal. */
export interface Terminal {
  readonly environment: Environment;
  /** The checkout this command belongs to; `.skein/` and the built rooms lie in it. */
  readonly root: string;
  readonly isInteractive: boolean;
  out(text: string): void;
  err(text: string): void;
  readStdin(): Promise<string>;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  return {
    environment: process.env,
    // Built to services/cli/dist/src; the root is four folders up from there.
    root: fileURLToPath(new URL('../../../../', import.meta.url)),
    isInteractive: process.stdout.isTTY === true && process.stderr.isTTY === true,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    readStdin,
  };
}

async function readStdin(): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
