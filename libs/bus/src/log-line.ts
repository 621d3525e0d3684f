import type { NatsConnection } from '@nats-io/transport-node';

/** The event log, as what stands on it sees it. */
export interface LogLine {
  readonly connection: NatsConnection;
  /** `renew` opens again what stands on JetStream; called each time it is back. Returns the way to forget it. */
  onBack(renew: () => Promise<void>): () => void;
}
