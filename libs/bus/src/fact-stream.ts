import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  jetstreamManager,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { FACT_STREAM, FACT_SUBJECTS, factConsumers, type FactConsumer } from '@skein/contracts/facts';
import { FactPull, type PulledMessage } from './fact-pull.js';
import type { LogLine } from './log-line.js';
import { handleBatch } from './handle-batch.js';
import type { HeardFacts } from './heard-facts.js';
import type { ReadFact } from './types.js';

/** What was on its way to a reader that was killed is given to its successor after this. Reading twice is harmless. */
const ACK_WAIT_NS = 10 * 1e9;
const MAX_MESSAGES = 1_000;
/** Facts are read in batches: what comes within this much of the first goes with it, through one write. */
const GATHER_MS = 25;
/** While they keep coming, batches begin this far apart: what is done once a batch is then shared by more of them. */
const BATCH_EVERY_MS = 150;

/**
 * Makes the stream and its durable consumers, together and idempotently, so that nothing stated before a room's first start
 * is lost. A fact is kept until each named consumer has acknowledged it; see forget-read-facts.ts for how it is forgotten.
 */
export async function ensureFactStream(connection: NatsConnection): Promise<void> {
  const manager = await jetstreamManager(connection);
  const found = await manager.streams.info(FACT_STREAM).catch(() => null);
  // Streams of an earlier version forgot by interest; how a stream forgets cannot be changed, but an empty one can go.
  const isOfOld = found?.config.retention === RetentionPolicy.Interest && found.state.messages === 0;
  if (isOfOld) await manager.streams.delete(FACT_STREAM);
  if (found === null || isOfOld) {
    await manager.streams.add({
      name: FACT_STREAM,
      subjects: [FACT_SUBJECTS],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: DiscardPolicy.New,
    });
  }
  for (const [durable, subject] of Object.entries(factConsumers)) {
    const known = await manager.consumers.info(FACT_STREAM, durable).catch(() => null);
    if (known !== null) continue;
    await manager.consumers.add(FACT_STREAM, {
      durable_name: durable,
      filter_subject: subject,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      ack_wait: ACK_WAIT_NS,
      max_ack_pending: 2_000,
    });
  }
}

/**
 * Reads a durable consumer in batches. The first message after a silence is given as soon as it is there; while they keep
 * coming they are fetched a batch at a time.
 */
export async function readFactStream(
  log: LogLine,
  heard: HeardFacts,
  consumerName: FactConsumer,
  handler: (facts: readonly ReadFact[]) => Promise<void>,
  onFailure: (error: unknown) => void,
): Promise<() => Promise<void>> {
  const pull = new FactPull(log.connection, consumerName, onFailure);
  let isStopped = false;

  const handle = (batch: readonly PulledMessage[]) =>
    handleBatch(batch, (some) => handler(some.flatMap((message) => heard.read(message))), onFailure);

  const work = async (): Promise<void> => {
    let lastBegan = -Infinity;
    let lastRead = 0;
    while (!isStopped) {
      if (lastRead === 0 && !(await pull.waitForOne())) continue;
      // What waited out an outage is in no need of company.
      if (lastRead < MAX_MESSAGES / 2) await pause(Math.max(GATHER_MS, lastBegan + BATCH_EVERY_MS - performance.now()));
      lastBegan = performance.now();
      await pull.fetch(MAX_MESSAGES);
      const batch = pull.take();
      lastRead = batch.length;
      if (batch.length > 0) await handle(batch);
    }
    const last = pull.take();
    if (last.length > 0) await handle(last);
  };

  const leave = heard.addReader(factConsumers[consumerName]);
  const forget = log.onBack(async () => pull.giveUp());
  const running = work();
  return async () => {
    leave();
    forget();
    isStopped = true;
    pull.close();
    await running;
  };
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
