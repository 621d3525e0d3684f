import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openHome } from './home.js';
import { findOrInstall, type Tool } from './ladder.js';
import { LOOPBACK } from './ports.js';
import { launch, type Recipe } from './server.js';
import { readOrMakeSecret, writePrivateFile } from './state.js';
import { talkTo } from './talk.js';
import type { LaunchedServer, LaunchOptions } from './types.js';

const TOOL: Tool = {
  program: 'redis-server',
  title: 'Redis',
  minimum: [6, 2],
  debian: 'redis-server',
  brew: 'redis',
  elsewhere: [],
  variable: 'REDIS_URL',
};

export interface LaunchedRedis extends LaunchedServer {
  /** With password. */
  readonly url: string;
}

/** Starts a private Redis that keeps every write and evicts nothing. Throws `ServerMissingError`, `ServerStartError`, `StateInUseError`. */
export async function launchRedis(options: LaunchOptions): Promise<LaunchedRedis> {
  const { path, env } = await findOrInstall(TOOL, options.onProgress ?? (() => undefined));
  const home = await openHome('redis', options);
  const dir = join(home.stateDir, 'redis');
  const password = readOrMakeSecret(home.stateDir, 'redis');

  const recipe: Recipe = {
    name: 'redis',
    politeSignal: 'SIGTERM',
    prepare: async (port) => {
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      const configFile = join(dir, 'redis.conf');
      writePrivateFile(configFile, renderRedisConfig(port, dir, password));
      return { file: path, args: [configFile], cwd: dir, env };
    },
    // While it loads its data it answers -LOADING, and a stranger on the port would refuse the password.
    isReady: async (port) => /\+OK\r\n\+PONG/.test(await talkTo(port, `AUTH ${password}\r\nPING\r\n`, /PONG|\r\n-/)),
  };
  const server = await launch(recipe, home);
  return Object.assign(server, { url: `redis://:${encodeURIComponent(password)}@${LOOPBACK}:${server.port}` });
}

function renderRedisConfig(port: number, dir: string, password: string): string {
  return `bind ${LOOPBACK}
port ${port}
protected-mode yes
requirepass ${password}
dir ${JSON.stringify(dir)}
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
daemonize no
`;
}
