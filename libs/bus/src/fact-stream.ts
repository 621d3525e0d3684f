import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  jetstream,
  jetstreamManager,
  type ConsumerMessages,
  type JsMsg,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { FACT_STREAM, FACT_SUBJECTS, factConsumers, type FactConsumer } from '@skein/contracts/facts';
import type { ReadFact } from './types.js';
import { tryDecodeJson } from './wire-json.js';

/** What was on its way to a reader that was killed is given to its successor after this. Reading twice is harmless. */
const ACK_WAIT_NS = 10 * 1e9;
const MAX_MESSAGES = 200;
/** After a handler failed: time before its facts are given again. */
const RETRY_MS = 1_000;
/** Facts are read in batches: what comes within this much of the first goes with it, through one transaction and one write. */
const GATHER_MS = 25;

/**
 * Makes the stream and its durable consumers, together and idempotently: a fact is kept until each named consumer has
 * acknowledged it (interest), so nothing stated before a room's first start is lost, and what all have read is forgotten.
 */
export async function ensureFactStream(connection: NatsConnection): Promise<void> {
  const manager = await jetstreamManager(connection);
  const found = await manager.streams.info(FACT_STREAM).catch(() => null);
  if (found === null) {
    await manager.streams.add({
      name: FACT_STREAM,
      subjects: [FACT_SUBJECTS],
      retention: RetentionPolicy.Interest,
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

/** Reads a durable consumer in batches; a batch is whatever has gathered while the one before was handled. */
export async function readFactStream(
  connection: NatsConnection,
  consumerName: FactConsumer,
  handler: (facts: readonly ReadFact[]) => Promise<void>,
  onFailure: (error: unknown) => void,
): Promise<() => Promise<void>> {
  const consumer = await jetstream(connection).consumers.get(FACT_STREAM, consumerName);
  let gathered: JsMsg[] = [];
  let running: Promise<void> | undefined;

  const work = async () => {
    while (gathered.length > 0) {
      const batch = gathered;
      gathered = [];
      try {
        await handler(batch.flatMap(factsOf));
        for (const message of batch) message.ack();
      } catch (error) {
        onFailure(error);
        for (const message of batch) message.nak(RETRY_MS);
      }
    }
    running = undefined;
  };

  const messages: ConsumerMessages = await consumer.consume({
    max_messages: MAX_MESSAGES,
    callback: (message: JsMsg) => {
      gathered.push(message);
      running ??= new Promise<void>((resolve) => setTimeout(resolve, GATHER_MS)).then(work);
    },
  });

  return async () => {
    messages.stop();
    await running;
  };
}

/** Facts come in groups: a message is a JSON array of bodies. One that is not holds none: it would block its readers. */
export function factsOf(message: { subject: string; data: Uint8Array }): ReadFact[] {
  const bodies = tryDecodeJson(message.data);
  return Array.isArray(bodies) ? bodies.map((body: unknown) => ({ subject: message.subject, body })) : [];
}
