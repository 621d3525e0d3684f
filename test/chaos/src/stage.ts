import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { launchServers, type Servers } from '@skein/servers';
import { eventually, makeStateDir, startMesh, type Mesh } from '@skein/testkit';
import { Books } from './books.js';
import { mountSmallDisk } from './small-disk.js';

/** Room for a run, and little more. */
const diskMegabytes = { nats: 192, postgres: 768 } as const;

/** A mesh of separate processes on servers of its own, both in the hands of whoever is about to break them. */
export interface Stage {
  readonly mesh: Mesh;
  readonly servers: Servers;
  readonly books: Books;
  readonly stateDir: string;
  /** What JetStream and the database stand on, where it is a disk that can be filled. */
  readonly smallDisks: Readonly<Record<keyof typeof diskMegabytes, string | null>>;
  /** The environment that a further process of the mesh needs. */
  readonly environment: Readonly<Record<string, string>>;
  strike(): Promise<void>;
}

export interface StageOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly policy?: string;
  /** Text of the tenants' file. */
  readonly config?: string;
  readonly say: (line: string) => void;
}

/** Sets it up: real servers, `start:mesh` over them, the vendors' audit and the ledger open for comparison. */
export async function setStage({ environment = {}, policy, config, say }: StageOptions): Promise<Stage> {
  const stateDir = makeStateDir();
  const serversDir = join(stateDir, 'servers');
  mkdirSync(serversDir, { recursive: true });
  const disks = {
    nats: mountSmallDisk(join(serversDir, 'nats'), diskMegabytes.nats),
    postgres: mountSmallDisk(join(serversDir, 'postgres'), diskMegabytes.postgres),
  };
  const servers = await launchServers({ stateDir: serversDir, onProgress: say });
  const urls = { NATS_URL: servers.nats.meshUrl, REDIS_URL: servers.redisUrl, DATABASE_URL: servers.databaseUrl };
  const all = { ...urls, ...environment };
  const clear = async (): Promise<void> => {
    await servers.stop();
    for (const disk of Object.values(disks)) disk?.unmount();
    rmSync(stateDir, { recursive: true, force: true, maxRetries: 5 });
  };
  const settings = { ...(policy !== undefined && { policy }), ...(config !== undefined && { config }) };
  const mesh = await startMesh({ mode: 'mesh', environment: all, ...settings }).catch(async (error: unknown) => {
    await clear();
    throw error;
  });
  const books = await Books.open(mesh.sandbox, servers.databaseUrl);
  return {
    mesh,
    servers,
    books,
    stateDir,
    smallDisks: { nats: disks.nats?.path ?? null, postgres: disks.postgres?.path ?? null },
    environment: all,
    strike: async () => {
      await books.close();
      await mesh.stop();
      await clear();
    },
  };
}

/** Kills a room's processes without a word. Returns how many there were. */
export async function killRoom(mesh: Mesh, room: string): Promise<number> {
  const pids = await mesh.pidsOf(room);
  for (const pid of pids) signal(pid, 'SIGKILL');
  return pids.length;
}

/** Sends a signal to a process that may have ended meanwhile. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Waits until a chat is answered again. */
export async function untilWell(mesh: Mesh): Promise<void> {
  await eventually(
    async () => {
      const { status, text } = await mesh.http.get('/readyz');
      if (status !== 200) throw new Error(text);
    },
    { withinMs: 60_000 },
  );
}
