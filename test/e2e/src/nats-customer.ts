/** A customer on NATS, with the plain client library and nothing of ours. */
import { connect, createInbox, headers as makeHeaders, type Msg, type NatsConnection } from '@nats-io/transport-node';

export interface NatsAnswer<Body = unknown> {
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly json: Body;
}

export const CHAT_SUBJECT = 'skein.api.chat.completions';
const PATIENCE_MS = 30_000;

/** Connects with what the URL says: user and password, where it holds them. */
export function connectTo(url: string): Promise<NatsConnection> {
  const { hostname, port, username, password } = new URL(url);
  const login = username === '' ? {} : { user: username, pass: decodeURIComponent(password) };
  return connect({ servers: `${hostname}:${port}`, ...login });
}

export class NatsCustomer {
  private constructor(
    readonly connection: NatsConnection,
    private readonly key: string | null,
  ) {}

  static async connect(url: string, key: string | null): Promise<NatsCustomer> {
    return new NatsCustomer(await connectTo(url), key);
  }

  /** Asks and takes the one reply. Text goes out as it is, everything else as JSON. */
  async ask<Body = unknown>(
    subject: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<NatsAnswer<Body>> {
    const message = await this.connection.request(subject, asText(body), {
      headers: this.#headers(headers),
      timeout: PATIENCE_MS,
    });
    return readMessage<Body>(message);
  }

  /** Asks and takes every message to the inbox, up to and with the one of kind `end`. */
  async askStream(
    body: unknown,
    headers: Record<string, string> = {},
    subject: string = CHAT_SUBJECT,
  ): Promise<NatsAnswer[]> {
    const inbox = createInbox();
    const replies = this.connection.subscribe(inbox);
    this.connection.publish(subject, asText(body), { reply: inbox, headers: this.#headers(headers) });
    const answers: NatsAnswer[] = [];
    for await (const message of replies) {
      const answer = readMessage(message);
      answers.push(answer);
      if (answer.headers['skein-kind'] === 'end') break;
    }
    return answers;
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  #headers(given: Record<string, string>) {
    const headers = makeHeaders();
    if (this.key !== null) headers.set('Authorization', `Bearer ${this.key}`);
    for (const [name, value] of Object.entries(given)) headers.set(name, value);
    return headers;
  }
}

function asText(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

function readMessage<Body>(message: Msg): NatsAnswer<Body> {
  const headers = Object.fromEntries(
    [...(message.headers?.keys() ?? [])].map((name) => [name, message.headers?.get(name) ?? '']),
  );
  const text = message.string();
  return { headers, text, bytes: message.data, json: parse(text) as Body };
}

/** Undefined for what is no JSON: sound, or nothing. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
