import { launchNats, type LaunchedNats, type NatsAuth } from './nats.js';
import { launchPostgres, type LaunchedPostgres } from './postgres.js';
import { launchRedis, type LaunchedRedis } from './redis.js';
import type { LaunchedServer, Progress } from './types.js';

export interface LaunchServersOptions {
  /** Holds ports, passwords, logs and data of the servers that are started; made if it does not exist. */
  stateDir: string;
  /** Servers to use as they are; none of that kind is started then. */
  given?: { natsUrl?: string; redisUrl?: string; databaseUrl?: string };
  natsAuth?: NatsAuth;
  onProgress?: Progress;
}

export interface Servers {
  /** With a given NATS server the customers' URL is the given one without its credentials. */
  nats: { meshUrl: string; customerUrl: string };
  redisUrl: string;
  databaseUrl: string;
  /** The private ones among them. */
  launched: { nats?: LaunchedNats; redis?: LaunchedRedis; postgres?: LaunchedPostgres };
  /** Ends the private servers and keeps their data; given servers are left alone. */
  stop(): Promise<void>;
}

/**
 * Brings up the three backing servers at once: given ones are used, the others are found or installed and started.
 * When one fails the others are stopped again. Throws `ServerMissingError`, `ServerStartError`, `StateInUseError`.
 */
export async function launchServers(options: LaunchServersOptions): Promise<Servers> {
  const { given = {}, natsAuth, ...home } = options;
  const outcomes = await Promise.allSettled([
    given.natsUrl === undefined ? launchNats({ ...home, auth: natsAuth }) : useNats(given.natsUrl),
    given.redisUrl === undefined ? launchRedis(home) : { url: given.redisUrl },
    given.databaseUrl === undefined ? launchPostgres(home) : { url: given.databaseUrl },
  ] as const);
  const stop = async (): Promise<void> => {
    await Promise.all(outcomes.map((outcome) => outcome.status === 'fulfilled' && endLaunched(outcome.value)));
  };
  const [nats, redis, postgres] = outcomes;
  if (nats.status === 'rejected' || redis.status === 'rejected' || postgres.status === 'rejected') {
    await stop();
    throw outcomes.find((outcome) => outcome.status === 'rejected')?.reason;
  }
  return {
    nats: { meshUrl: nats.value.meshUrl, customerUrl: nats.value.customerUrl },
    redisUrl: redis.value.url,
    databaseUrl: postgres.value.url,
    launched: {
      nats: isLaunched(nats.value) ? nats.value : undefined,
      redis: isLaunched(redis.value) ? redis.value : undefined,
      postgres: isLaunched(postgres.value) ? postgres.value : undefined,
    },
    stop,
  };
}

function useNats(urls: string): Servers['nats'] {
  return { meshUrl: urls, customerUrl: withoutLogin(urls) };
}

function isLaunched<T extends object>(server: T): server is Extract<T, LaunchedServer> {
  return 'stop' in server;
}

async function endLaunched(server: object): Promise<void> {
  if (isLaunched<object | LaunchedServer>(server)) await server.stop();
}

/** A URL (or several with commas, as NATS clients take them) without user and password. */
function withoutLogin(urls: string): string {
  return urls.replaceAll(/\/\/[^/@,]*@/g, '//');
}
