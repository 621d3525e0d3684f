import { spawn } from 'node:child_process';

export interface RunResult {
  ok: boolean;
  /** Standard output. */
  output: string;
  /** Standard error, or why the program could not be run at all. */
  complaint: string;
}

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
}

/** Runs a program to its end. Never throws: a program that cannot be run is a result that is not ok. */
export function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve) => {
    let output = '';
    let complaint = '';
    const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
    child.once('error', (error) => resolve({ ok: false, output, complaint: error.message }));
    child.once('close', (code) => resolve({ ok: code === 0, output, complaint }));
  });
}
