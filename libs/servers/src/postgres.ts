import { chownSync, existsSync, readFileSync, readlinkSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { openHome, STOP_BOUND_MS, type ServerHome } from './home.js';
import type { RunAs } from './ladder.js';
import { LOOPBACK } from './ports.js';
import { chooseAccount, openDataHome } from './postgres-account.js';
import { findPostgres, type PostgresPrograms } from './postgres-programs.js';
import { endProcess, identifyProcess } from './process-identity.js';
import { run } from './run.js';
import { launch, type Recipe } from './server.js';
import { readOrMakeSecret, writePrivateFile } from './state.js';
import { ServerStartError, type LaunchedServer, type LaunchOptions } from './types.js';

const USER = 'skein';
const DATABASE = 'skein';
const WRONG_PASSWORD = '28P01';

export interface LaunchedPostgres extends LaunchedServer {
  /** The database `skein`, with user and password; that user may make further databases. */
  readonly url: string;
}

/**
 * Starts a private PostgreSQL (UTF-8, passwords by SCRAM, loopback only) with an empty or its earlier database.
 * Started by root it runs as another user. Throws `ServerMissingError`, `ServerStartError`, `StateInUseError`.
 */
export async function launchPostgres(options: LaunchOptions): Promise<LaunchedPostgres> {
  const home = await openHome('postgres', options);
  let recipe: Recipe;
  const password = readOrMakeSecret(home.stateDir, 'postgres');
  try {
    recipe = await makeRecipe(home, password);
  } catch (error) {
    home.close();
    throw error;
  }
  const server = await launch(recipe, home);
  return Object.assign(server, { url: makeUrl(server.port, password, DATABASE) });
}

async function makeRecipe(home: ServerHome, password: string): Promise<Recipe> {
  const account = chooseAccount(join(home.stateDir, 'postgres'));
  const dataHome = await openDataHome(home, account);
  const dataDir = join(dataHome, 'data');
  const programs = await findPostgres(dataDir, account, home.say);
  if (!existsSync(dataDir)) await initialise(programs, dataHome, password, account, home);
  const settings = makeSettings(home.isEphemeral);
  return {
    name: 'postgres',
    politeSignal: 'SIGINT',
    prepare: async (port) => {
      await clearPidFile(dataDir);
      const flags = Object.entries({ ...settings, port }).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
      return { file: programs.postgres, args: ['-D', dataDir, ...flags], cwd: dataDir, env: programs.env, ...account };
    },
    isReady: (port) => hasDatabase(port, password, home.stateDir),
    // The last children of a killed server hold its shared memory for a moment.
    passingFailure: /pre-existing shared memory block|is the database in use|lock file "postmaster.pid" already exists/,
  };
}

function makeSettings(isEphemeral: boolean): Record<string, string> {
  const common = {
    listen_addresses: LOOPBACK,
    unix_socket_directories: '',
    max_connections: '200',
    log_min_messages: 'warning',
    log_checkpoints: 'off',
    timezone: 'UTC',
  };
  // Commits are still written when acknowledged: a killed server loses nothing, only a power cut may.
  const cheap = { fsync: 'off', full_page_writes: 'off', shared_buffers: '32MB' };
  return isEphemeral ? { ...common, ...cheap } : common;
}

/** Makes the data directory, under another name until it is whole. */
async function initialise(
  { initdb, env }: PostgresPrograms,
  dataHome: string,
  password: string,
  account: Required<RunAs> | undefined,
  home: ServerHome,
): Promise<void> {
  if (!home.isEphemeral) home.say(`PostgreSQL: making a new database in ${dataHome}`);
  const draft = join(dataHome, 'data.draft');
  const passwordFile = join(dataHome, 'password');
  rmSync(draft, { recursive: true, force: true });
  writePrivateFile(passwordFile, password);
  if (account !== undefined) chownSync(passwordFile, account.uid, account.gid);
  const flags = [
    '--encoding=UTF8',
    '--locale=C',
    '--auth=scram-sha-256',
    `--username=${USER}`,
    `--pwfile=${passwordFile}`,
  ];
  const sync = home.isEphemeral ? ['--no-sync'] : [];
  const made = await run(initdb, ['-D', draft, ...flags, ...sync], { env, cwd: dataHome, ...account });
  rmSync(passwordFile);
  if (!made.ok) throw new ServerStartError(`PostgreSQL could not make ${dataHome}:\n${made.complaint || made.output}`);
  renameSync(draft, join(dataHome, 'data'));
}

/**
 * A killed server leaves its pid file, and PostgreSQL would take any later process with that pid for itself. The file is
 * removed, unless the process is one that does work in this data directory: that one is ended.
 */
async function clearPidFile(dataDir: string): Promise<void> {
  if (process.platform !== 'linux') return;
  const path = join(dataDir, 'postmaster.pid');
  if (!existsSync(path)) return;
  const pid = Number.parseInt(readFileSync(path, 'utf8'), 10);
  const found = identifyProcess(pid);
  if (found !== null && readWorkingDir(pid) === realpathSync(dataDir)) await endProcess(found, 'SIGINT', STOP_BOUND_MS);
  rmSync(path, { force: true });
}

function readWorkingDir(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}

/** Whether the server answers to our password; makes the database the first time. */
async function hasDatabase(port: number, password: string, stateDir: string): Promise<boolean> {
  const client = new pg.Client({
    connectionString: makeUrl(port, password, 'postgres'),
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
    return true;
  } catch (error) {
    if ((error as pg.DatabaseError).code !== WRONG_PASSWORD) return false;
    throw new ServerStartError(
      `the password in ${join(stateDir, 'secrets.json')} is not the one of the data beside it: put that file back, or remove ${stateDir} to start empty`,
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

function makeUrl(port: number, password: string, database: string): string {
  return `postgres://${USER}:${encodeURIComponent(password)}@${LOOPBACK}:${port}/${database}`;
}
