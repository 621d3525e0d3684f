import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSkein, type Terminal } from '../src/index.js';

export interface Ran {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command as on a terminal that is no TTY, in a checkout of its own. */
export async function runCommand(
  args: readonly string[],
  over: Partial<Terminal> & { stdin?: string } = {},
): Promise<Ran> {
  let out = '';
  let err = '';
  const exitCode = await runSkein(args, {
    environment: {},
    root: tmpdir(),
    isInteractive: false,
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    readStdin: () => Promise.resolve(over.stdin ?? ''),
    ...over,
  });
  return { exitCode, out, err };
}

/** A directory that lasts as long as `use`. */
export async function withDirectory<Result>(use: (directory: string) => Promise<Result>): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'skein-cli-'));
  try {
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Writes JSON lines and hands their path to `use`. */
export async function withLines<Result>(
  rows: readonly unknown[],
  use: (file: string) => Promise<Result>,
): Promise<Result> {
  return withDirectory(async (directory) => {
    const file = join(directory, 'prompts.jsonl');
    await writeFile(file, rows.map((row) => JSON.stringify(row)).join('\n'));
    return use(file);
  });
}
