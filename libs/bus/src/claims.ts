import { Objm, setSha256Backend, type ObjectStore } from '@nats-io/obj';
import type { NatsConnection } from '@nats-io/transport-node';
import { SkeinError } from '@skein/contracts/errors';
import { ulid } from 'ulid';
import type { LogLine } from './log-line.js';

const BUCKET = 'skein-claims';
/** What nobody erased, because its process died, lapses; later than any deadline. */
const TTL_NS = 15 * 60 * 1e9;
const HEAD_ROOM_BYTES = 64 * 1024;
/** Each is waited for, so that few of them are many times faster than the client's own 128 KB. */
const CHUNK_BYTES = 1024 * 1024;

// The client's own hash is written in JavaScript and holds the process up.
setSha256Backend('native');

/** A payload in the store, for as long as it is needed there. */
export interface HeldClaim {
  /** Under it any process can fetch the bytes. */
  readonly name: string;
  /** To be called once. The last holder in the process that stored the bytes has them erased. */
  release(): void;
}

interface Stored {
  readonly name: Promise<string>;
  holders: number;
}

/**
 * Claim check: a payload over the server's limit waits in the object store and its name travels in a header. The bytes a
 * process has already stored or fetched keep their name, so that handing them on costs nothing. Who stored them erases
 * them when its call is over: whoever they were handed on to has answered by then.
 */
export class Claims {
  /** Bytes that another process stored, and will erase. */
  #fetched = new WeakMap<Uint8Array, string>();
  #stored = new WeakMap<Uint8Array, Stored>();
  #store: Promise<ObjectStore> | undefined;

  /** `connection`: the one that messages travel on; what is claimed goes to the event log. */
  constructor(
    private readonly connection: NatsConnection,
    private readonly log: LogLine,
  ) {
    log.onBack(async () => {
      this.#store = undefined;
      this.#fetched = new WeakMap();
      this.#stored = new WeakMap();
    });
  }

  /** `besides`: bytes of large headers that travel in the same message. */
  mustClaim(bytes: Uint8Array, besides = 0): boolean {
    return bytes.length + besides > (this.connection.info?.max_payload ?? 1 << 20) - HEAD_ROOM_BYTES;
  }

  /** Has the bytes in the store until they are released. Throws `unavailable` where they cannot be. */
  async hold(bytes: Uint8Array): Promise<HeldClaim> {
    const name = this.#fetched.get(bytes);
    if (name !== undefined) return { name, release: () => undefined };
    let stored = this.#stored.get(bytes);
    if (stored === undefined) {
      stored = { name: this.put(bytes), holders: 0 };
      this.#stored.set(bytes, stored);
    }
    const held = stored;
    held.holders += 1;
    const release = (): void => {
      held.holders -= 1;
      if (held.holders > 0) return;
      if (this.#stored.get(bytes) === held) this.#stored.delete(bytes);
      void held.name.then((stale) => this.#erase(stale)).catch(() => undefined);
    };
    try {
      return { name: await held.name, release };
    } catch (thrown) {
      release();
      throw thrown;
    }
  }

  /** Stores the bytes for one reader, who takes them. */
  async put(bytes: Uint8Array): Promise<string> {
    const name = ulid();
    await this.#open()
      .then((store) => store.putBlob({ name, options: { max_chunk_size: CHUNK_BYTES } }, bytes))
      .catch(unavailable);
    return name;
  }

  /** Fetches claimed bytes; null when they are gone. */
  async get(name: string): Promise<Uint8Array | null> {
    const bytes = await this.#fetch(name);
    if (bytes !== null) this.#fetched.set(bytes, name);
    return bytes;
  }

  /** Fetches what nobody else will, and has it erased; null when it is gone. */
  async take(name: string): Promise<Uint8Array | null> {
    const bytes = await this.#fetch(name);
    void this.#erase(name).catch(() => undefined);
    return bytes;
  }

  #fetch(name: string): Promise<Uint8Array | null> {
    return this.#open()
      .then((store) => store.getBlob(name))
      .catch(unavailable);
  }

  async #erase(name: string): Promise<void> {
    const store = await this.#open();
    await store.delete(name);
  }

  #open(): Promise<ObjectStore> {
    this.#store ??= new Objm(this.log.connection).create(BUCKET, { ttl: TTL_NS }).catch((error: unknown) => {
      this.#store = undefined;
      throw error;
    });
    return this.#store;
  }
}

function unavailable(cause: unknown): never {
  throw new SkeinError('unavailable', 'A body too large for a message cannot be stored at the moment', {
    retryAfterMs: 1_000,
    cause,
  });
}
