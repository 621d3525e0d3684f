import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { FACT_STREAM, factConsumers } from '@skein/contracts/facts';

const EVERY_MS = 30_000;

/**
 * Forgets facts that every durable consumer has read. The stream does not do that by itself: with interest retention a
 * server that is being stopped closes its consumers before its streams, and acknowledges what comes between as read by
 * all, because then nobody is interested. A fact may be money; it stays until it has been seen to be read, twice.
 */
export function forgetReadFacts(
  connection: NatsConnection,
  onFailure: (error: unknown) => void,
  everyMs = EVERY_MS,
): () => void {
  let readBefore = 0;
  const look = async (): Promise<void> => {
    const manager = await jetstreamManager(connection);
    const read = await lastReadByAll(manager);
    // What was read half a minute ago and still is: a consumer's figures are not trusted for a moment's sake.
    const safe = Math.min(readBefore, read);
    if (safe > 0) await manager.streams.purge(FACT_STREAM, { seq: safe + 1 });
    readBefore = read;
  };
  const timer = setInterval(() => void look().catch(onFailure), everyMs * (0.75 + Math.random() / 2));
  timer.unref();
  return () => clearInterval(timer);
}

/** The last message up to which every consumer has acknowledged all that is for it. */
export async function lastReadByAll(manager: JetStreamManager): Promise<number> {
  // Asked first: whatever comes later is not counted as read by a consumer that has nothing left.
  const { state } = await manager.streams.info(FACT_STREAM);
  const read = await Promise.all(
    Object.keys(factConsumers).map(async (durable) => {
      const { num_pending, num_ack_pending, ack_floor } = await manager.consumers.info(FACT_STREAM, durable);
      return num_pending === 0 && num_ack_pending === 0 ? state.last_seq : ack_floor.stream_seq;
    }),
  );
  return Math.min(...read);
}
