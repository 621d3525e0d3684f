import { connect, type NatsConnection } from '@nats-io/transport-node';
import { serversAndLogin } from './server-login.js';

/** A connection that comes back by itself for ever, under a name that operators see. */
export function dial(url: string, name: string): Promise<NatsConnection> {
  return connect({
    ...serversAndLogin(url),
    name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 200,
    reconnectJitter: 100,
    waitOnFirstConnect: false,
    pingInterval: 10_000,
    maxPingOut: 2,
  });
}
