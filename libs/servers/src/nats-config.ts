// The accounts of a private NATS server: the mesh and its customers do not see each other, but for requests to
// `skein.api.>` (answered by one or many replies) and the events `skein.evt.>`.

export interface NatsConfig {
  host: string;
  port: number;
  serverName: string;
  storeDir: string;
  meshPassword: string;
  customerPassword: string;
  systemPassword: string;
  /** Whether a client without credentials is taken for a customer: for the local profile. */
  admitsAnonymous: boolean;
}

export const MESH_USER = 'mesh';
export const CUSTOMER_USER = 'customer';

/** The configuration file of a private nats-server, for 2.9 and later. */
export function renderNatsConfig(config: NatsConfig): string {
  const text = (value: string): string => JSON.stringify(value);
  return `listen: ${text(`${config.host}:${config.port}`)}
server_name: ${text(config.serverName)}
max_payload: 8MB
max_pending: 256MB
write_deadline: "10s"
ping_interval: "20s"
ping_max: 3
system_account: SYS
${config.admitsAnonymous ? `no_auth_user: ${CUSTOMER_USER}\n` : ''}
jetstream {
  store_dir: ${text(config.storeDir)}
  max_memory_store: 256MB
  max_file_store: 16GB
}

accounts {
  SYS { users: [ { user: sys, password: ${text(config.systemPassword)} } ] }
  SKEIN {
    jetstream: enabled
    users: [ { user: ${MESH_USER}, password: ${text(config.meshPassword)} } ]
    exports: [
      # The threshold is how long an answer may go on: a long stream with long silences has to fit.
      { service: "skein.api.>", response_type: stream, threshold: "1h" }
      { stream: "skein.evt.>" }
    ]
  }
  CUSTOMERS {
    users: [
      {
        user: ${CUSTOMER_USER}, password: ${text(config.customerPassword)}
        permissions: {
          publish: { allow: ["skein.api.>"] }
          subscribe: { allow: ["_INBOX.>", "skein.evt.>"] }
        }
      }
    ]
    imports: [
      { service: { account: SKEIN, subject: "skein.api.>" } }
      { stream: { account: SKEIN, subject: "skein.evt.>" } }
    ]
  }
}
`;
}
