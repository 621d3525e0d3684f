import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Redis } from 'ioredis';
import pg from 'pg';
import { launchNats, launchPostgres, launchRedis, launchServers, StateInUseError, type Servers } from '../src/index.js';
import { identifyProcess } from '../src/process-identity.js';
import { connectWithUrl } from './connect-with-url.js';

jest.setTimeout(120_000);

const CHILD = join(dirname(fileURLToPath(import.meta.url)), '../dist/test/launch-until-killed.js');

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function makeStateDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'skein-servers-spec-'));
  chmodSync(dir, 0o711);
  cleanUps.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

async function launchAll(stateDir: string, given?: { natsUrl?: string }): Promise<Servers> {
  const servers = await launchServers({ stateDir, given });
  cleanUps.push(() => servers.stop());
  return servers;
}

type Urls = { meshUrl: string; redisUrl: string; databaseUrl: string };

async function writeMark(urls: Urls, mark: string): Promise<void> {
  const nats = await connectWithUrl(urls.meshUrl);
  const streams = await jetstreamManager(nats);
  await streams.streams.add({ name: 'MARKS', subjects: ['marks'] });
  await jetstream(nats).publish('marks', mark);
  await nats.close();
  const redis = new Redis(urls.redisUrl);
  await redis.set('mark', mark);
  redis.disconnect();
  await query(urls.databaseUrl, `CREATE TABLE marks AS SELECT '${mark}'::text AS mark`);
}

async function readMarks({ meshUrl, redisUrl, databaseUrl }: Urls): Promise<(string | null | undefined)[]> {
  const nats = await connectWithUrl(meshUrl);
  const message = await (await jetstreamManager(nats)).streams.getMessage('MARKS', { last_by_subj: 'marks' });
  await nats.close();
  const redis = new Redis(redisUrl);
  const inRedis = await redis.get('mark');
  redis.disconnect();
  const [row] = await query<{ mark: string }>(databaseUrl, 'SELECT mark FROM marks');
  return [message?.string(), inRedis, row?.mark];
}

async function query<T extends pg.QueryResultRow>(connectionString: string, text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}

function urlsOf(servers: Servers): Urls {
  return { meshUrl: servers.nats.meshUrl, redisUrl: servers.redisUrl, databaseUrl: servers.databaseUrl };
}

describe('launching all three servers', () => {
  it('keeps ports, passwords and data over a stop and a new launch', async () => {
    const stateDir = makeStateDir();
    const first = await launchAll(stateDir);
    await writeMark(urlsOf(first), 'kept');
    await first.stop();
    const second = await launchAll(stateDir);
    expect(urlsOf(second)).toEqual(urlsOf(first));
    expect(await readMarks(urlsOf(second))).toEqual(['kept', 'kept', 'kept']);
  });

  it('keeps passwords from everyone but the owner', async () => {
    const stateDir = makeStateDir();
    const { redisUrl, nats, databaseUrl } = await launchAll(stateDir);
    for (const file of ['secrets.json', 'nats/nats.conf', 'redis/redis.conf']) {
      expect(statSync(join(stateDir, file)).mode & 0o077).toBe(0);
    }
    const open = new URL(redisUrl);
    open.password = '';
    const stranger = new Redis(open.href, { retryStrategy: () => null });
    stranger.on('error', () => undefined);
    await expect(stranger.get('mark')).rejects.toThrow('NOAUTH');
    stranger.disconnect();
    await expect(query(databaseUrl.replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1')).rejects.toThrow('password');
    await expect(connectWithUrl(nats.meshUrl.replace(/:[^:@]+@/, ':wrong@'))).rejects.toThrow(/authorization/i);
  });

  it('says at once that the passwords of the data are lost', async () => {
    const stateDir = makeStateDir();
    const first = await launchPostgres({ stateDir });
    await first.stop();
    rmSync(join(stateDir, 'secrets.json'));
    await expect(launchPostgres({ stateDir })).rejects.toThrow(/secrets\.json/);
    await expect(query(first.url, 'SELECT 1')).rejects.toThrow(/ECONNREFUSED/);
  });

  it('refuses a state directory that a living process uses, and frees it with stop', async () => {
    const stateDir = makeStateDir();
    const first = await launchAll(stateDir);
    await expect(launchServers({ stateDir })).rejects.toThrow(StateInUseError);
    await expect(readNothing(first.redisUrl)).resolves.toBeNull();
    await first.stop();
    await launchAll(stateDir);
  });

  it('uses a given server as it is and leaves it running', async () => {
    const given = await launchNats({ ephemeral: true });
    cleanUps.push(() => given.stop());
    const servers = await launchAll(makeStateDir(), { natsUrl: given.meshUrl });
    expect(servers.nats).toEqual({ meshUrl: given.meshUrl, customerUrl: given.customerUrl });
    expect(servers.launched.nats).toBeUndefined();
    await servers.stop();
    expect(identifyProcess(given.pid ?? 0)).not.toBeNull();
  });

  it('ends what a killed process left behind and keeps all its data', async () => {
    const stateDir = makeStateDir();
    const { child, urls, pids } = await launchInChild(stateDir);
    await writeMark(urls, 'written before the kill');
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    expect(pids.map((pid) => identifyProcess(pid) !== null)).toEqual([true, true, true]);

    const next = await launchAll(stateDir);
    expect(pids.map((pid) => identifyProcess(pid))).toEqual([null, null, null]);
    expect(urlsOf(next)).toEqual(urls);
    expect(await readMarks(urlsOf(next))).toEqual(Array(3).fill('written before the kill'));
  });

  it('moves to another port when the remembered one is taken', async () => {
    const stateDir = makeStateDir();
    const first = await launchAll(stateDir);
    await writeMark(urlsOf(first), 'moved');
    const ports = Object.values(first.launched).map((server) => server?.port ?? 0);
    await first.stop();
    for (const port of ports) await occupy(port);
    const second = await launchAll(stateDir);
    for (const server of Object.values(second.launched)) expect(ports).not.toContain(server?.port);
    expect(await readMarks(urlsOf(second))).toEqual(['moved', 'moved', 'moved']);
  });
});

describe('one server alone', () => {
  it.each([
    ['nats', launchNats],
    ['redis', launchRedis],
    ['postgres', launchPostgres],
  ] as const)('%s comes back after a kill on the same port, and leaves nothing when stopped', async (_name, start) => {
    const server = await start({ ephemeral: true });
    cleanUps.push(() => server.stop());
    const { pid, port } = server;
    const home = dirname(dirname(server.logFile));
    await server.kill('SIGKILL');
    expect(server.pid).toBeUndefined();
    await server.start();
    expect(server.pid).not.toBe(pid);
    expect(server.port).toBe(port);
    await server.restart();
    const last = server.pid ?? 0;
    expect(identifyProcess(last)).not.toBeNull();
    await server.stop();
    await server.stop();
    expect(identifyProcess(last)).toBeNull();
    expect(existsSync(home)).toBe(false);
  });

  it('keeps what PostgreSQL had committed when it is killed', async () => {
    const server = await launchPostgres({ ephemeral: true });
    cleanUps.push(() => server.stop());
    await query(server.url, `CREATE TABLE kept AS SELECT 'äß€' AS text`);
    await server.kill('SIGKILL');
    await server.start();
    expect(await query(server.url, 'SELECT text, getdatabaseencoding() AS encoding FROM kept')).toEqual([
      { text: 'äß€', encoding: 'UTF8' },
    ]);
  });

  it('freezes PostgreSQL with all its connections, and thaws it', async () => {
    const server = await launchPostgres({ ephemeral: true });
    cleanUps.push(() => server.stop());
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    cleanUps.push(() => client.end());
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    server.pause();
    while (readProcessState(rows[0]?.pid) !== 'T') await new Promise((resolve) => setImmediate(resolve));
    server.resume();
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('ends a frozen server', async () => {
    const server = await launchRedis({ ephemeral: true });
    const pid = server.pid ?? 0;
    server.pause();
    await server.stop();
    expect(identifyProcess(pid)).toBeNull();
  });

  it('is in a process group of its own, out of reach of a Ctrl-C in the terminal', async () => {
    const server = await launchNats({ ephemeral: true });
    cleanUps.push(() => server.stop());
    expect(Number(readProcessFields(server.pid)[2])).toBe(server.pid);
  });

  it('says how its log ends when it cannot start', async () => {
    const stateDir = makeStateDir();
    const first = await launchRedis({ stateDir });
    await first.kill('SIGTERM');
    const manifest = join(stateDir, 'redis/appendonlydir/appendonly.aof.manifest');
    const whole = readFileSync(manifest);
    writeFileSync(manifest, 'nonsense\n');
    await expect(first.start()).rejects.toThrow(/did not start on port[^]*manifest/i);
    writeFileSync(manifest, whole);
    await first.start();
    await first.stop();
  });
});

/** Of `/proc/<pid>/stat`, what follows the name: state, parent, process group, … */
function readProcessFields(pid: number | undefined): string[] {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
}

function readProcessState(pid: number | undefined): string | undefined {
  return readProcessFields(pid)[0];
}

async function readNothing(redisUrl: string): Promise<string | null> {
  const redis = new Redis(redisUrl);
  cleanUps.push(() => redis.disconnect());
  return redis.get('nothing');
}

async function launchInChild(stateDir: string): Promise<{ child: ChildProcess; urls: Urls; pids: number[] }> {
  const child = spawn(process.execPath, [CHILD, stateDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  cleanUps.push(() => child.kill('SIGKILL'));
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()));
    child.once('exit', (code) => reject(new Error(`the child ended with ${code}`)));
  });
  const { pids, ...urls } = JSON.parse(line) as Urls & { pids: number[] };
  return { child, urls, pids };
}

async function occupy(port: number): Promise<void> {
  const squatter: Server = createServer();
  await new Promise<void>((resolve) => squatter.listen(port, '127.0.0.1', resolve));
  cleanUps.push(() => squatter.close());
}
