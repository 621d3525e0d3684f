// Programs from Debian's packages, preferably without installing them: unpacked into a cache of our own they need no
// root, start no system service, and leave the machine as it was. Installing is the last resort.
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findOnPath } from './executable.js';
import { run, type RunResult } from './run.js';
import type { Progress } from './types.js';

/** Whether this machine has the tools to unpack Debian packages. */
export async function hasApt(): Promise<boolean> {
  return (await findOnPath('apt-get')).length > 0 && (await findOnPath('dpkg-deb')).length > 0;
}

/**
 * Puts the files of `packages`, and of those they need and this machine lacks, under `into`; nothing is installed.
 * Where the package lists of the system are missing or old it fetches lists of its own. Not to be run twice at once.
 * Returns undefined on success, else what went wrong.
 */
export async function unpackPackages(
  packages: readonly string[],
  into: string,
  say: Progress,
): Promise<string | undefined> {
  await mkdir(join(into, '..'), { recursive: true });
  const own = await makePrivateLists(join(into, '..', 'apt'));
  for (const lists of [[], own]) {
    if ((await unpackWith(lists, packages, into)) === undefined) return undefined;
  }
  say('fetching current package lists');
  const update = await apt([...own, 'update']);
  return update.ok ? unpackWith(own, packages, into) : `apt-get update failed: ${lastLine(update)}`;
}

/** Installs `packages` as root or by a sudo that asks no password, asking that no service be started by it. */
export async function installPackages(packages: readonly string[]): Promise<string | undefined> {
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  if (asRoot.length > 0 && !(await run('sudo', ['-n', 'true'])).ok)
    return 'installing needs root, or a sudo that asks no password';
  const quietly = ['env', 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1', 'SYSTEMD_OFFLINE=1', 'apt-get', '-q', '-y'];
  for (const step of [
    ['update'],
    ['install', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300', ...packages],
  ]) {
    const [file = 'env', ...args] = [...asRoot, ...quietly, ...step];
    const result = await run(file, args);
    if (!result.ok) return `apt-get ${step[0]} failed: ${lastLine(result)}`;
  }
  return undefined;
}

/** The packages that `apt-get install --simulate` would newly install; upgrades of present ones are left out. */
export function readSimulatedInstall(output: string): string[] {
  return [...output.matchAll(/^Inst (\S+) \(/gm)].map((match) => match[1] ?? '');
}

async function unpackWith(
  lists: readonly string[],
  packages: readonly string[],
  into: string,
): Promise<string | undefined> {
  const plan = await apt([...lists, 'install', '--simulate', '--no-install-recommends', ...packages]);
  if (!plan.ok) return `the packages are not known here: ${lastLine(plan)}`;
  const wanted = new Set([...packages, ...readSimulatedInstall(plan.output)]);
  const draft = await mkdtemp(`${into}.draft-`);
  try {
    const download = await run('apt-get', [...lists, '-q', 'download', ...wanted], { cwd: draft });
    if (!download.ok) return `apt-get download failed: ${lastLine(download)}`;
    const root = join(draft, 'root');
    for (const deb of (await readdir(draft)).filter((name) => name.endsWith('.deb'))) {
      const unpacked = await run('dpkg-deb', ['--extract', join(draft, deb), root]);
      if (!unpacked.ok) return `dpkg-deb failed: ${lastLine(unpacked)}`;
    }
    await rm(into, { recursive: true, force: true });
    await rename(root, into);
    return undefined;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function makePrivateLists(dir: string): Promise<string[]> {
  await mkdir(join(dir, 'state', 'lists', 'partial'), { recursive: true });
  await mkdir(join(dir, 'cache', 'archives', 'partial'), { recursive: true });
  const options = {
    'Dir::State': join(dir, 'state'),
    'Dir::State::status': '/var/lib/dpkg/status',
    'Dir::Cache': join(dir, 'cache'),
  };
  return Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
}

function apt(args: readonly string[]): Promise<RunResult> {
  return run('env', ['LC_ALL=C', 'apt-get', '-q', ...args]);
}

function lastLine({ output, complaint }: RunResult): string {
  return (complaint.trim() || output.trim()).split('\n').at(-1) ?? 'no output';
}
