// PostgreSQL refuses to run as root. Started by root it runs as another user, who must be able to reach the program and
// the data: neither is a matter of course in a checkout under a home directory of mode 700.
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import type { ServerHome } from './home.js';
import type { RunAs } from './ladder.js';
import { run } from './run.js';

/** Where root keeps what the other user has to reach, when the state directory cannot be reached. */
const SHARED_DIR = '/var/lib/skein';

/** The user to run as: nobody else for a normal user; for root the owner of the data, else `postgres`, else `nobody`. */
export function chooseAccount(dataHome: string): Required<RunAs> | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner = readOwner(dataHome);
  if (owner !== undefined && owner.uid !== 0) return owner;
  const accounts = readFileSync('/etc/passwd', 'utf8');
  for (const user of ['postgres', 'nobody']) {
    const entry = new RegExp(`^${user}:[^:]*:(\\d+):(\\d+):`, 'm').exec(accounts);
    if (entry !== null) return { uid: Number(entry[1]), gid: Number(entry[2]) };
  }
  throw new Error(
    'PostgreSQL does not run as root, and there is neither a user "postgres" nor "nobody": start as a normal user',
  );
}

/** A directory for the data that the account owns and can reach: in the state directory, else under /var/lib/skein. */
export async function openDataHome(home: ServerHome, account: Required<RunAs> | undefined): Promise<string> {
  const inState = join(home.stateDir, 'postgres');
  mkdirSync(inState, { recursive: true, mode: 0o700 });
  if (account === undefined) return inState;
  chownSync(inState, account.uid, account.gid);
  if (await canWrite(inState, account)) return inState;
  return openSharedDataHome(home, account, join(inState, 'data-is-elsewhere'));
}

/** The note tells data of this state directory from that of a removed one at the same path, whose password is gone. */
function openSharedDataHome(home: ServerHome, account: Required<RunAs>, note: string): string {
  const hash = createHash('sha256').update(home.stateDir).digest('hex').slice(0, 12);
  const shared = join(SHARED_DIR, hash);
  if (existsSync(shared) && !existsSync(note)) {
    home.say(`PostgreSQL: ${shared} is of an earlier state directory; it is set aside as ${shared}.earlier`);
    rmSync(`${shared}.earlier`, { recursive: true, force: true });
    renameSync(shared, `${shared}.earlier`);
  }
  const dataHome = join(shared, 'postgres');
  if (!existsSync(note) && !home.isEphemeral) {
    home.say(
      `PostgreSQL does not run as root, and the user it runs as cannot reach ${home.stateDir}: its data is in ${dataHome}`,
    );
  }
  mkdirSync(dataHome, { recursive: true, mode: 0o755 });
  chownSync(dataHome, account.uid, account.gid);
  writeFileSync(note, `${dataHome}\n`);
  if (home.isEphemeral) home.outside.push(shared);
  return dataHome;
}

/**
 * A copy of the unpacked programs at `native` that every user can read, for when the account cannot reach the original.
 * Made once per version.
 */
export async function shareWithAccount(native: string, version: string): Promise<string> {
  const target = join(SHARED_DIR, `postgres-${version}`);
  if (readOwner(target) !== undefined) return target;
  mkdirSync(SHARED_DIR, { recursive: true, mode: 0o755 });
  const draft = await mkdtemp(join(SHARED_DIR, 'draft-'));
  try {
    await cp(native, join(draft, basename(target)), { recursive: true, verbatimSymlinks: true });
    await run('chmod', ['-R', 'a+rX', draft]);
    await rename(join(draft, basename(target)), target);
  } catch (error) {
    if (readOwner(target) === undefined) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return target;
}

/** The directory that holds `bin/`, given a program in it. */
export function nativeDirOf(program: string): string {
  return dirname(dirname(program));
}

async function canWrite(dir: string, account: Required<RunAs>): Promise<boolean> {
  return (await run('test', ['-w', dir], { ...account, cwd: '/' })).ok;
}

function readOwner(path: string): Required<RunAs> | undefined {
  try {
    const { uid, gid } = statSync(path);
    return { uid, gid };
  } catch {
    return undefined;
  }
}
