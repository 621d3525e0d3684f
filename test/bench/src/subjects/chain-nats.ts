import { processEnvironment } from '@skein/config';
import { connect, type NatsConnection } from '@nats-io/transport-node';

/** The official client as it comes; login from the URL, which it does not take by itself. */
export function connectNats(natsUrl: string): Promise<NatsConnection> {
  const url = new URL(natsUrl);
  return connect({ servers: url.host, user: url.username, pass: decodeURIComponent(url.password) });
}

export function connectChain(): Promise<NatsConnection> {
  return connectNats(processEnvironment()['NATS_URL'] ?? '');
}
