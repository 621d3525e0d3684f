// A Redis client that answers or fails at once: two seconds to connect, half a second a command, nothing kept for later.
import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';

const CONNECT_TIMEOUT_MS = 2_000;
const COMMAND_TIMEOUT_MS = 500;

export interface Script {
  readonly text: string;
  readonly sha: string;
}

/** Prepares a Lua script. */
export function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

/** Opens the client. Connection errors go to `onError`; it keeps reconnecting until `disconnect()`. */
export function connectFailFast(url: string, onError: (error: Error) => void): Redis {
  const client = new Redis(url, {
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (tries) => Math.min(50 * 2 ** tries, 1_000),
  });
  return client.on('error', onError);
}

/** Resolves when the client has connected, or failed to within its time; never throws. */
export async function settled(client: Redis): Promise<void> {
  if (client.status === 'ready') return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, CONNECT_TIMEOUT_MS);
    function done(): void {
      clearTimeout(timer);
      client.off('ready', done).off('close', done);
      resolve();
    }
    client.on('ready', done).on('close', done);
  });
}

/** Runs a script by its hash, and by its text where this Redis has not seen it since its start. */
export async function runScript(
  client: Redis,
  { text, sha }: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await client.evalsha(sha, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return client.eval(text, keys.length, ...keys, ...args);
  }
}
