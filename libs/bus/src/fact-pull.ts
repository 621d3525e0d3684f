import { createInbox, type Msg, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import { FACT_STREAM, type FactConsumer } from '@skein/contracts/facts';
import { safely } from './safely.js';

/** The server ends a request that nothing came for after this; one it has forgotten is made anew a little later. */
const WAIT_MS = 10_000;
const FORGOTTEN_AFTER_MS = 11_000;
/** What is there is sent at once, and then that it was all. */
const ALL_THERE_IS_MS = 2_000;
/** After a refusal, or word that nobody answers. */
const REFUSED_PAUSE_MS = 1_000;

const READ = new TextEncoder().encode('+ACK');

/** One message of a durable consumer. */
export class PulledMessage {
  constructor(
    private readonly connection: NatsConnection,
    private readonly message: Msg,
  ) {}

  get subject(): string {
    return this.message.subject;
  }

  get data(): Uint8Array {
    return this.message.data;
  }

  get headers() {
    return this.message.headers;
  }

  ack(): void {
    this.#say(READ);
  }

  /** Not handled: to be given again after so many ms. */
  nak(afterMs: number): void {
    this.#say(new TextEncoder().encode(`-NAK {"delay":${afterMs * 1e6}}`));
  }

  /** What a closed connection does not tell is given again. */
  #say(word: Uint8Array): void {
    if (this.message.reply !== undefined && !this.connection.isClosed())
      this.connection.publish(this.message.reply, word);
  }
}

interface Asked {
  /** Where the server's word on this very request comes; null while nothing is asked. */
  readonly inbox: string | null;
  missing: number;
  readonly end: (how: AskEnd) => void;
}

type AskEnd = 'full' | 'no more' | 'refused' | 'given up';

/**
 * Asks a durable consumer for its messages: waits for one, and takes in one go what has gathered behind it. The library's
 * own `consume` has each message delivered as soon as it is there: a reader that works in batches is then woken, and wakes
 * the server, for every one of them.
 */
export class FactPull {
  readonly #prefix = createInbox();
  readonly #subscription: Subscription;
  #asked: Asked | null = null;
  #count = 0;
  #taken: PulledMessage[] = [];

  constructor(
    private readonly connection: NatsConnection,
    private readonly consumer: FactConsumer,
    report: (error: unknown) => void,
  ) {
    const hear = safely(report, (message) => this.#hear(message));
    this.#subscription = connection.subscribe(`${this.#prefix}.*`, { callback: hear });
  }

  /** Resolves when a message has come (true), or when it is time to ask again. */
  async waitForOne(): Promise<boolean> {
    if (this.#taken.length > 0) return true;
    const end = await this.#ask(1, { expires: WAIT_MS * 1e6 }, FORGOTTEN_AFTER_MS);
    if (end === 'refused') await this.#rest();
    return this.#taken.length > 0;
  }

  /** Resolves when up to so many of what is there have come. */
  async fetch(most: number): Promise<void> {
    await this.#ask(most, { no_wait: true }, ALL_THERE_IS_MS);
  }

  /** What has come since it was taken last. */
  take(): PulledMessage[] {
    const taken = this.#taken;
    this.#taken = [];
    return taken;
  }

  /** Nobody is going to answer what was asked before: whoever waits is let go. */
  giveUp(): void {
    this.#asked?.end('given up');
  }

  close(): void {
    this.#subscription.unsubscribe();
    this.giveUp();
  }

  #ask(batch: number, how: object, patienceMs: number): Promise<AskEnd> {
    if (this.#subscription.isClosed()) return Promise.resolve('given up');
    this.#count += 1;
    const inbox = `${this.#prefix}.${this.#count}`;
    const ended = this.#listen(inbox, batch, patienceMs);
    try {
      const subject = `$JS.API.CONSUMER.MSG.NEXT.${FACT_STREAM}.${this.consumer}`;
      this.connection.publish(subject, JSON.stringify({ batch, ...how }), { reply: inbox });
    } catch {
      this.#asked?.end('refused');
    }
    return ended;
  }

  /** A while without asking, unless a message comes or the waiting is over. */
  #rest(): Promise<AskEnd> {
    return this.#listen(null, 1, REFUSED_PAUSE_MS);
  }

  #listen(inbox: string | null, missing: number, patienceMs: number): Promise<AskEnd> {
    return new Promise((resolve) => {
      const patience = setTimeout(() => this.#asked?.end('given up'), patienceMs);
      const end = (how: AskEnd) => {
        clearTimeout(patience);
        this.#asked = null;
        resolve(how);
      };
      this.#asked = { inbox, missing, end };
    });
  }

  #hear(message: Msg): void {
    // Messages keep the subject they were published under; only the server's word on a request has its inbox for one.
    if (!message.subject.startsWith(this.#prefix)) {
      this.#taken.push(new PulledMessage(this.connection, message));
      if (this.#asked === null) return;
      this.#asked.missing -= 1;
      if (this.#asked.missing <= 0) this.#asked.end('full');
      return;
    }
    if (message.subject !== this.#asked?.inbox) return;
    this.#asked.end(isOver(message) ? 'no more' : 'refused');
  }
}

/** Its time is over, or nothing is left: not that it could not be asked. */
function isOver({ headers }: Msg): boolean {
  return headers?.code === 404 || headers?.code === 408;
}
