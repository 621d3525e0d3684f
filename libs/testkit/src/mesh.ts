import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { plainEnvironment } from './environment.js';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';
import { HttpClient } from './http-client.js';
import { NodeProcess } from './node-process.js';
import { descendantsOf } from './process-table.js';
import { countResponders } from './count-responders.js';
import { SandboxClient } from './sandbox-client.js';

/** The checkout whose built programs are started: the nearest folder upwards that holds the workspace's file. */
export const checkoutRoot = findUp(import.meta.dirname, 'nx.json');

const LOCAL_KEY = 'sk-skein-dev';
const READY_WITHIN_MS = 90_000;
const STATE_PREFIX = join(tmpdir(), 'skein-test-');

const programs = {
  standalone: 'services/standalone/dist/src/main.js',
  mesh: 'services/standalone/dist/src/supervisor.js',
} as const;

export interface MeshOptions {
  /** `standalone`: all rooms in one process. `mesh`: each room and worker in its own, under the supervisor. */
  readonly mode?: keyof typeof programs;
  readonly busLocal?: 'prefer' | 'verify' | 'never';
  readonly environment?: Readonly<Record<string, string>>;
  /** Text of the tenants' file (SKEIN_CONFIG). */
  readonly config?: string;
  /** Text of the routing policy (SKEIN_POLICY). */
  readonly policy?: string;
  /** Where the mesh keeps its state; made and removed by the mesh when it is left out. */
  readonly stateDir?: string;
  readonly port?: number;
  /** Puts it at the head of a process group, so that a test can send Ctrl-C. */
  readonly ownGroup?: boolean;
}

/** What `mesh.json` says. */
interface MeshFile {
  readonly http: string;
  readonly nats: string;
  readonly nats_mesh: string;
  readonly sandbox: string | null;
}

/** A running mesh, as built, in processes of its own. */
export interface Mesh {
  readonly url: string;
  readonly port: number;
  readonly key: string;
  readonly http: HttpClient;
  /** NATS address of the customers' account. */
  readonly natsUrl: string;
  /** NATS address of the mesh's own account, with its password. */
  readonly natsMeshUrl: string;
  /** Null where no vendor is sandboxed. */
  readonly sandboxUrl: string | null;
  /** Throws where no vendor is sandboxed. */
  readonly sandbox: SandboxClient;
  readonly process: NodeProcess;
  readonly stateDir: string;
  /** Processes of a room (`gateway`) or a worker (`provider-workers/openai`) that the mesh started itself. */
  pidsOf(room: string): Promise<number[]>;
  /** How many processes with a room (`router`, `provider-openai`) answer in the mesh's NATS account. */
  serversOf(room: string): Promise<number>;
  /** Starts one more worker of a vendor beside the mesh's own. It is stopped with the mesh. */
  addWorker(vendor: string, environment?: Readonly<Record<string, string>>): NodeProcess;
  /** Lets the workers that were added drain and ends them. */
  stopAddedWorkers(): Promise<void>;
  /** Ends everything in order. Throws when it does not, or when a process is left behind. */
  stop(): Promise<void>;
  /** Closes what this side holds of a mesh that has ended in another way, and removes its state. */
  discard(): Promise<void>;
}

/** Starts a mesh on a free port with state of its own and waits until it would answer. Throws with its output otherwise. */
export async function startMesh(options: MeshOptions = {}): Promise<Mesh> {
  const started = await launchMesh(options);
  try {
    const mesh = joinMesh(started, await waitUntilReady(started));
    if (options.mode === 'mesh') await everyRoomAnswers(mesh);
    return mesh;
  } catch (error) {
    await started.process.stop().catch(() => undefined);
    started.removeState();
    throw error;
  }
}

export interface LaunchedMesh {
  readonly process: NodeProcess;
  readonly stateDir: string;
  readonly port: number;
  removeState(): void;
}

/** Starts the program and waits for nothing: for tests of what happens when it cannot start. */
export async function launchMesh(options: MeshOptions): Promise<LaunchedMesh> {
  const stateDir = options.stateDir ?? makeStateDir();
  const port = options.port ?? (await freePort());
  const process = new NodeProcess(join(checkoutRoot, programs[options.mode ?? 'standalone']), {
    cwd: checkoutRoot,
    ownGroup: options.ownGroup,
    environment: {
      ...plainEnvironment(),
      SKEIN_STATE_DIR: stateDir,
      GATEWAY_PORT: String(port),
      LOG_LEVEL: 'warn',
      BUS_LOCAL: options.busLocal ?? 'prefer',
      ...writeSettings(stateDir, options),
      ...options.environment,
    },
  });
  const ownsState = options.stateDir === undefined;
  return {
    process,
    stateDir,
    port,
    removeState: () => {
      if (ownsState) rmSync(stateDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** A directory for the state of one mesh. Others may look in: PostgreSQL, which does not run as root, keeps its data there. */
export function makeStateDir(): string {
  const dir = mkdtempSync(STATE_PREFIX);
  chmodSync(dir, 0o755);
  return dir;
}

function writeSettings(stateDir: string, { config, policy }: MeshOptions): Record<string, string> {
  const written: Record<string, string> = {};
  for (const [name, text] of Object.entries({ SKEIN_CONFIG: config, SKEIN_POLICY: policy })) {
    if (text === undefined) continue;
    const file = join(stateDir, `${name.toLowerCase()}.yaml`);
    writeFileSync(file, text);
    written[name] = file;
  }
  return written;
}

async function waitUntilReady({ process, stateDir, port }: LaunchedMesh): Promise<MeshFile> {
  const door = new HttpClient(`http://127.0.0.1:${port}`);
  let ended = false;
  void process.exited.then(() => (ended = true));
  try {
    return await eventually(
      async () => {
        if (ended) return null;
        const { status, text } = await door.get('/readyz');
        if (status !== 200) throw new Error(text);
        // The ready block is printed last: by then the mesh has told everything there is to know about it.
        if (!process.output.includes('Skein is ready')) throw new Error('it has not said that it is ready');
        return JSON.parse(readFileSync(join(stateDir, 'mesh.json'), 'utf8')) as MeshFile;
      },
      { withinMs: READY_WITHIN_MS, everyMs: 50 },
    ).then((file) => {
      if (file === null) throw new Error('it ended');
      return file;
    });
  } catch (error) {
    throw new Error(`the mesh did not become ready: ${String(error)}\n${process.output}`, { cause: error });
  } finally {
    await door.close();
  }
}

/** Ready says that a chat would be answered; rooms that chats do without may still be on their way up. */
async function everyRoomAnswers(mesh: Mesh): Promise<void> {
  const rooms = [
    'billing',
    'records',
    'health',
    'cache',
    'classifier',
    'router',
    'orchestrator',
    'jobs',
    'workflows',
    'gateway',
  ];
  await eventually(
    async () => {
      const servers = await Promise.all(rooms.map((room) => mesh.serversOf(room)));
      const missing = rooms.filter((_room, index) => servers[index] === 0);
      if (missing.length > 0) throw new Error(`rooms do not answer: ${missing.join(', ')}`);
    },
    { withinMs: READY_WITHIN_MS },
  );
}

function joinMesh(started: LaunchedMesh, file: MeshFile): Mesh {
  const { process: main, stateDir, port } = started;
  const http = new HttpClient(file.http, LOCAL_KEY);
  const sandbox = file.sandbox === null ? null : new SandboxClient(file.sandbox);
  const workers: NodeProcess[] = [];
  const stopAddedWorkers = async (): Promise<void> => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  };
  const discard = async (): Promise<void> => {
    await Promise.all([http.close(), sandbox?.close()]);
    started.removeState();
  };
  return {
    url: file.http,
    port,
    key: LOCAL_KEY,
    http,
    natsUrl: file.nats,
    natsMeshUrl: file.nats_mesh,
    sandboxUrl: file.sandbox,
    get sandbox() {
      if (sandbox === null) throw new Error('no vendor of this mesh is sandboxed');
      return sandbox;
    },
    process: main,
    stateDir,
    pidsOf: async (room) => {
      const script = `services/${room}/dist/src/main.js`;
      return (await descendantsOf(main.pid)).filter(({ command }) => command.includes(script)).map(({ pid }) => pid);
    },
    addWorker: (vendor, environment = {}) => {
      const worker = new NodeProcess(join(checkoutRoot, workerProgram(vendor)), {
        cwd: checkoutRoot,
        environment: {
          ...plainEnvironment(),
          NATS_URL: file.nats_mesh,
          VENDOR: vendor,
          LOG_LEVEL: 'warn',
          ...(file.sandbox !== null && { SANDBOX_URL: file.sandbox }),
          ...environment,
        },
      });
      workers.push(worker);
      return worker;
    },
    serversOf: (room) => countResponders(file.nats_mesh, `$SRV.PING.${room}`),
    stopAddedWorkers,
    stop: async () => {
      try {
        await stopAddedWorkers();
        await main.stop();
      } finally {
        await discard();
      }
    },
    discard,
  };
}

const ownWorkers = new Set(['openai', 'anthropic', 'google', 'vertex', 'bedrock', 'cohere']);

function workerProgram(vendor: string): string {
  const folder = ownWorkers.has(vendor) ? vendor : 'openai-compatible';
  return `services/provider-workers/${folder}/dist/src/main.js`;
}

function findUp(from: string, file: string): string {
  if (existsSync(join(from, file))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error(`no folder up from here holds ${file}`);
  return findUp(parent, file);
}
