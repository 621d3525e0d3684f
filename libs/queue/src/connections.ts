// Two kinds of Redis connection. A producer has someone waiting: it fails within its bounds and keeps nothing for later.
// A worker has nobody waiting: it outlasts any outage.
import { Redis, type RedisOptions } from 'ioredis';
import { SkeinError } from '@skein/contracts/errors';
import type { Logger } from '@skein/telemetry';

const CONNECT_TIMEOUT_MS = 2_000;
const COMMAND_TIMEOUT_MS = 500;
const READY_BOUND_MS = 500;
const RETRY_AFTER_MS = 1_000;

const retryStrategy = (tries: number): number => Math.min(50 * 2 ** tries, 1_000);

/** A client for producers: no offline queue, no resending, 2 s to connect, 500 ms a command. */
export function connectProducer(url: string): Redis {
  return new Redis(url, {
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy,
  });
}

/** A client for workers, which BullMQ duplicates for its blocking reads; it tries again for ever. */
export function connectWorker(url: string): Redis {
  return new WorkerRedis(url, { connectTimeout: CONNECT_TIMEOUT_MS, maxRetriesPerRequest: null, retryStrategy });
}

/**
 * A client that is told to disconnect between two tries drops its timer and never says `end`, and BullMQ waits for that word
 * before it closes anything else. This one makes its next try the last.
 */
class WorkerRedis extends Redis {
  override disconnect(reconnect = false): void {
    if (this.status !== 'reconnecting' || reconnect) return super.disconnect(reconnect);
    this.options.retryStrategy = null;
    this.once('ready', () => super.disconnect());
  }

  override duplicate(override?: Partial<RedisOptions>): Redis {
    const options: RedisOptions & { replyMapping?: 'legacy' } = {
      ...this.options,
      ...override,
      replyMapping: 'legacy',
    };
    return new WorkerRedis(options);
  }
}

/** Resolves once the client can take commands. Throws `unavailable` after half a second. */
export async function untilReady(client: Redis): Promise<void> {
  if (client.status === 'ready') return;
  let timer: NodeJS.Timeout | undefined;
  let onReady = (): void => undefined;
  const isReady = await new Promise<boolean>((resolve) => {
    onReady = () => resolve(true);
    client.once('ready', onReady);
    timer = setTimeout(() => resolve(false), READY_BOUND_MS);
  });
  clearTimeout(timer);
  client.off('ready', onReady);
  if (!isReady) throw queueAway();
}

/** The error of a queue that cannot be reached. */
export function queueAway(cause?: unknown): SkeinError {
  return new SkeinError('unavailable', 'the job queue cannot be reached', { retryAfterMs: RETRY_AFTER_MS, cause });
}

/** Logs the first of a series of connection errors; the next only after the connection has been back. */
export function logOutages(logger: Logger, queue: string): { onError: (error: Error) => void; onReady: () => void } {
  let isOut = false;
  return {
    onError: (error) => {
      if (!isOut) logger.warn({ err: error, queue }, 'trouble with the queue');
      isOut = true;
    },
    onReady: () => {
      if (isOut) logger.info({ queue }, 'the queue is back');
      isOut = false;
    },
  };
}
