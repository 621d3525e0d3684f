import { connect, type NatsConnection } from '@nats-io/transport-node';

/** Connects with the user and password of the URL, which the client itself does not read. */
export function connectWithUrl(url: string): Promise<NatsConnection> {
  const { hostname, port, username, password } = new URL(url);
  const login = username === '' ? {} : { user: username, pass: decodeURIComponent(password) };
  return connect({ servers: `${hostname}:${port}`, ...login, reconnect: false });
}
