// The ladder for one program: on PATH → shipped by npm or unpacked before → unpacked or installed from the packages of
// the operating system → an error that says what to type. The rung above these, a given URL, is the caller's.
import { globSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { hasApt, installPackages, unpackPackages } from './debian.js';
import { findOnPath, isAtLeast, probe, type Executable } from './executable.js';
import { withLock } from './lock.js';
import { run, type RunOptions } from './run.js';
import { ServerMissingError, type Progress } from './types.js';

const CACHE_DIR = join(homedir(), '.cache', 'skein');

/** What the ladder has to know to find a program. */
export interface Tool {
  program: string;
  title: string;
  minimum: readonly number[];
  debian: string;
  brew: string;
  /** Glob patterns of places off PATH, best last. */
  elsewhere: readonly string[];
  /** The variable that names a server to use instead. */
  variable: string;
  /** Candidates that come before PATH, such as those npm shipped. */
  shipped?: () => Promise<readonly string[]>;
}

/** The user the program will run as, when not this one. */
export type RunAs = Pick<RunOptions, 'uid' | 'gid'>;

/**
 * Finds the program, or gets it from the operating system's packages. `accepts` may refuse a version (a major that
 * cannot read the data on disk). Throws `ServerMissingError`.
 */
export async function findOrInstall(
  tool: Tool,
  say: Progress,
  as: RunAs = {},
  accepts: (found: Executable) => boolean = () => true,
): Promise<Executable> {
  const isUsable = (found: Executable | null): found is Executable =>
    found !== null && isAtLeast(found.version, tool.minimum) && accepts(found);
  const find = async (): Promise<Executable | undefined> => {
    for (const path of [
      ...((await tool.shipped?.()) ?? []),
      ...(await findOnPath(tool.program)),
      ...listElsewhere(tool),
    ]) {
      const found = await probe(path, as);
      if (isUsable(found)) return found;
    }
    for (const path of globUnder(cacheOf(tool), tool)) {
      const found = await probe(path, as, cacheOf(tool));
      if (isUsable(found)) return found;
    }
    return undefined;
  };

  const present = await find();
  if (present !== undefined) return present;
  const troubles: string[] = [];
  for (const step of await listInstallSteps(tool, say)) {
    const trouble = await withInstallLock(async () => ((await find()) === undefined ? step() : undefined)).catch(
      (error: Error) => error.message,
    );
    if (trouble !== undefined) troubles.push(trouble);
    const found = await find();
    if (found !== undefined) return found;
  }
  throw new ServerMissingError(explainMissing(tool, troubles));
}

type InstallStep = () => Promise<string | undefined>;

async function listInstallSteps(tool: Tool, say: Progress): Promise<InstallStep[]> {
  if (await hasApt()) {
    return [
      () => {
        say(`${tool.title} is not on this machine: unpacking the Debian package ${tool.debian} into ${cacheOf(tool)}`);
        return unpackPackages([tool.debian], cacheOf(tool), say);
      },
      () => {
        say(`${tool.title}: installing the Debian package ${tool.debian}`);
        return installPackages([tool.debian]);
      },
    ];
  }
  if ((await findOnPath('brew')).length > 0) {
    return [
      async () => {
        say(`${tool.title} is not on this machine: brew install ${tool.brew}`);
        const { ok, complaint } = await run('brew', ['install', '--quiet', tool.brew]);
        return ok ? undefined : `brew install failed: ${complaint.trim().split('\n').at(-1)}`;
      },
    ];
  }
  return [];
}

function explainMissing(tool: Tool, troubles: readonly string[]): string {
  return [
    `${tool.title} ${tool.minimum.join('.')} or newer was not found and could not be installed.`,
    ...troubles.map((trouble) => `  tried: ${trouble}`),
    'Do one of these and start again:',
    `  Debian, Ubuntu:  sudo apt-get update && sudo apt-get install --no-install-recommends ${tool.debian}`,
    `  macOS:           brew install ${tool.brew}`,
    `  a server you have:  export ${tool.variable}=…`,
  ].join('\n');
}

function listElsewhere(tool: Tool): string[] {
  return tool.elsewhere.flatMap((pattern) => globSync(pattern).sort().reverse());
}

function globUnder(root: string, tool: Tool): string[] {
  return globSync(['bin', 'sbin', 'lib/postgresql/*/bin'].map((dir) => join(root, 'usr', dir, tool.program)));
}

function cacheOf(tool: Tool): string {
  return join(CACHE_DIR, tool.debian);
}

/** One install at a time on this machine: the package managers do not bear more. */
async function withInstallLock<T>(work: () => Promise<T>): Promise<T> {
  await mkdir(CACHE_DIR, { recursive: true });
  return withLock(join(CACHE_DIR, 'install.lock'), work);
}
