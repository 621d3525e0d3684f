// The queues as operators look at them: Bull board, which needs BullMQ itself.
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import { Queue } from 'bullmq';
import type { Logger } from '@skein/telemetry';
import { connectProducer, logOutages } from './connections.js';
import { queueNames } from './policies.js';

export interface QueueBoard {
  /** A Fastify plugin that serves the board under `basePath`. Whoever mounts it decides who may look. */
  readonly plugin: ReturnType<FastifyAdapter['registerPlugin']>;
  close(): Promise<void>;
}

/** Opens the board over all queues. It may look and clean up; the truth about jobs is in PostgreSQL. */
export function openQueueBoard(redisUrl: string, basePath: string, logger: Logger): QueueBoard {
  const outages = logOutages(logger, 'board');
  const client = connectProducer(redisUrl);
  client.on('error', outages.onError).on('ready', outages.onReady);
  const queues = queueNames.map((name) => {
    const queue = new Queue(name, { connection: client });
    queue.on('error', outages.onError);
    return queue;
  });
  const adapter = new FastifyAdapter();
  adapter.setBasePath(basePath);
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue)),
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'Skein queues', hideDocsLink: true } },
  });
  return {
    plugin: adapter.registerPlugin(),
    close: async () => {
      await Promise.all(queues.map((queue) => queue.close().catch(outages.onError)));
      client.disconnect();
    },
  };
}
