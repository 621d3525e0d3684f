import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openHome } from './home.js';
import { keepJetStream } from './keep-jetstream.js';
import { findOrInstall, type Tool } from './ladder.js';
import { CUSTOMER_USER, MESH_USER, renderNatsConfig } from './nats-config.js';
import { LOOPBACK } from './ports.js';
import { launch, type Recipe } from './server.js';
import { readOrMakeSecret, writePrivateFile } from './state.js';
import { talkTo } from './talk.js';
import type { LaunchedServer, LaunchOptions } from './types.js';

const TOOL: Tool = {
  program: 'nats-server',
  title: 'nats-server',
  minimum: [2, 9],
  debian: 'nats-server',
  brew: 'nats-server',
  elsewhere: [],
  variable: 'NATS_URL',
};

export interface NatsAuth {
  /** The password of the account customers log in to; random and remembered if not given. */
  customerPassword?: string;
  /** Whether a client without credentials is taken for a customer (default yes: the server listens on loopback only). */
  admitsAnonymous?: boolean;
}

export interface LaunchedNats extends LaunchedServer {
  /** For the mesh, with user and password. Clients that take no credentials from a URL have to be given them apart. */
  readonly meshUrl: string;
  /** For customers; without credentials where anonymous clients are taken for customers. */
  readonly customerUrl: string;
}

/**
 * Starts a private nats-server with JetStream and the two accounts, and restarts it when JetStream has stopped.
 * Throws `ServerMissingError`, `ServerStartError`, `StateInUseError`.
 */
export async function launchNats(options: LaunchOptions & { auth?: NatsAuth }): Promise<LaunchedNats> {
  const { path, env } = await findOrInstall(TOOL, options.onProgress ?? (() => undefined));
  const home = await openHome('nats', options);
  const { stateDir } = home;
  const dir = join(stateDir, 'nats');
  const admitsAnonymous = options.auth?.admitsAnonymous ?? true;
  const customerPassword = options.auth?.customerPassword ?? readOrMakeSecret(stateDir, 'natsCustomer');
  const meshPassword = readOrMakeSecret(stateDir, 'natsMesh');
  const systemPassword = readOrMakeSecret(stateDir, 'natsSystem');
  // The name is how a client on the port can tell this server from any other.
  const serverName = `skein-${createHash('sha256').update(stateDir).digest('hex').slice(0, 12)}`;

  const recipe: Recipe = {
    name: 'nats',
    politeSignal: 'SIGTERM',
    prepare: async (port) => {
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      const configFile = join(dir, 'nats.conf');
      const accounts = { meshPassword, customerPassword, systemPassword, admitsAnonymous };
      const config = { host: LOOPBACK, port, serverName, storeDir: dir, ...accounts };
      writePrivateFile(configFile, renderNatsConfig(config));
      return { file: path, args: ['--config', configFile], cwd: dir, env };
    },
    isReady: async (port) => (await talkTo(port, '', /\r\n/)).includes(`"server_name":"${serverName}"`),
  };
  const server = await launch(recipe, home);
  let isPaused = false;
  const stopKeeping = keepJetStream({
    server,
    login: { user: MESH_USER, pass: meshPassword },
    storeDir: dir,
    isPaused: () => isPaused,
    say: options.onProgress ?? (() => undefined),
  });
  const { pause, resume, stop } = server;
  return Object.assign(server, {
    pause: () => {
      isPaused = true;
      pause();
    },
    resume: () => {
      isPaused = false;
      resume();
    },
    stop: () => {
      stopKeeping();
      return stop();
    },
    meshUrl: makeUrl(server.port, MESH_USER, meshPassword),
    customerUrl: admitsAnonymous ? makeUrl(server.port) : makeUrl(server.port, CUSTOMER_USER, customerPassword),
  });
}

function makeUrl(port: number, user?: string, password = ''): string {
  const login = user === undefined ? '' : `${user}:${encodeURIComponent(password)}@`;
  return `nats://${login}${LOOPBACK}:${port}`;
}
