import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run, type RunOptions } from './run.js';

/** A program that was run once to see that it works here. */
export interface Executable {
  path: string;
  /** [major, minor, …] */
  version: readonly number[];
  /** What it needs in its environment: servers get this and nothing of ours, so no key of a vendor ever reaches them. */
  env: NodeJS.ProcessEnv;
}

// npm puts node_modules/.bin on PATH; the system directories below are often missing from a user's PATH.
const EXTRA_DIRS = '/usr/sbin:/usr/local/sbin:/sbin:/usr/local/bin:/opt/homebrew/bin';

/** Paths of `name` on PATH and in the usual system directories. */
export async function findOnPath(name: string): Promise<string[]> {
  const { output } = await run('/bin/sh', ['-c', `PATH="$PATH:${EXTRA_DIRS}"; command -v "$1"`, 'sh', name]);
  return output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('/'));
}

/** Runs `path --version` (as the given user, with the libraries under `root` if given); null when that does not work. */
export async function probe(
  path: string,
  as: Pick<RunOptions, 'uid' | 'gid'> = {},
  root?: string,
): Promise<Executable | null> {
  const env = makeServerEnvironment(root);
  const { ok, output, complaint } = await run(path, ['--version'], { ...as, env, cwd: '/' });
  const version = /(\d+(?:\.\d+)+)/.exec(output + complaint)?.[1];
  return ok && version !== undefined ? { path, version: version.split('.').map(Number), env } : null;
}

/** Whether `version` is at least `minimum`, compared part by part. */
export function isAtLeast(version: readonly number[], minimum: readonly number[]): boolean {
  for (const [index, wanted] of minimum.entries()) {
    const had = version[index] ?? 0;
    if (had !== wanted) return had > wanted;
  }
  return true;
}

function makeServerEnvironment(root: string | undefined): NodeJS.ProcessEnv {
  const plain = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' };
  return root === undefined ? plain : { ...plain, LD_LIBRARY_PATH: listLibraryDirs(root).join(':') };
}

function listLibraryDirs(root: string): string[] {
  return ['usr/lib', 'lib']
    .map((dir) => join(root, dir))
    .filter(existsSync)
    .flatMap((dir) => [
      dir,
      ...readdirSync(dir)
        .filter((name) => name.includes('-linux-'))
        .map((name) => join(dir, name)),
    ]);
}
