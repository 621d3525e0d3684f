/** The NATS door: requests of customers, who may be answered at their inboxes only. */
import { headers as newHeaders, type Msg, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import { Stopper } from '@skein/contracts/wire';
import type { Logger } from '@skein/telemetry';
import type { EndpointStats } from './discovery.js';
import type { Outbox } from './outbox.js';
import type { ServedCalls } from './served-calls.js';
import type { ApiMessage } from './types.js';

/** Where customers may be answered: their inbox, or what the server writes in its place between accounts. */
const replyPrefixes = ['_INBOX.', '_R_.'];

export interface ApiTools {
  readonly connection: NatsConnection;
  readonly outbox: Outbox;
  readonly served: ServedCalls;
  readonly stats: EndpointStats;
  readonly logger: Logger;
}

/** Serves a subject for customers, in turn with the other gateways. Returns the way to take no more. */
export function serveApi(
  { connection, outbox, served, stats, logger }: ApiTools,
  subject: string,
  handler: (message: ApiMessage) => Promise<void>,
): () => Promise<void> {
  const subscription = connection.subscribe(subject, {
    queue: 'gateway',
    callback: (_error, message) => {
      stats.num_requests += 1;
      if (message.reply && !replyPrefixes.some((prefix) => message.reply?.startsWith(prefix))) {
        logger.warn({ subject }, 'a request was refused: its reply subject is not an inbox');
        return;
      }
      const end = served.begin(undefined, new Stopper());
      void handler(apiMessage(outbox, message))
        .catch((error: unknown) => logger.error({ err: error, subject }, 'the NATS door failed'))
        .finally(end);
    },
  });
  return () => subscription.drain();
}

function apiMessage(outbox: Outbox, message: Msg): ApiMessage {
  const replyTo = message.reply === undefined || message.reply === '' ? null : message.reply;
  return {
    subject: message.subject,
    headers: recordOf(message.headers),
    bytes: message.data,
    replyTo,
    reply: (replyHeaders, body) => {
      if (replyTo !== null) outbox.publish(replyTo, body, { headers: headersOf(replyHeaders) });
    },
  };
}

/** Headers as the client library takes them. */
export function headersOf(record: Readonly<Record<string, string>>): MsgHdrs {
  const result = newHeaders();
  for (const [name, value] of Object.entries(record)) result.set(name, value);
  return result;
}

function recordOf(messageHeaders: MsgHdrs | undefined): Record<string, string> {
  const record: Record<string, string> = {};
  for (const name of messageHeaders?.keys() ?? []) record[name.toLowerCase()] = messageHeaders?.get(name) ?? '';
  return record;
}
