import { Objm, type ObjectStore } from '@nats-io/obj';
import type { NatsConnection } from '@nats-io/transport-node';
import { SkeinError } from '@skein/contracts/errors';
import { ulid } from 'ulid';
import type { LogLine } from './log-line.js';

const BUCKET = 'skein-claims';
/** Claimed payloads outlive any deadline, then lapse. */
const TTL_NS = 15 * 60 * 1e9;
const HEAD_ROOM_BYTES = 64 * 1024;

/**
 * Claim check: a payload over the server's limit waits in the object store and its name travels in a header. The bytes a
 * process has already stored or fetched keep their name, so that handing them on costs nothing.
 */
export class Claims {
  #names = new WeakMap<Uint8Array, string>();
  #store: Promise<ObjectStore> | undefined;

  /** `connection`: the one that messages travel on; what is claimed goes to the event log. */
  constructor(
    private readonly connection: NatsConnection,
    private readonly log: LogLine,
  ) {
    log.onBack(async () => {
      this.#store = undefined;
      this.#names = new WeakMap();
    });
  }

  /** `besides`: bytes of large headers that travel in the same message. */
  mustClaim(bytes: Uint8Array, besides = 0): boolean {
    return bytes.length + besides > (this.connection.info?.max_payload ?? 1 << 20) - HEAD_ROOM_BYTES;
  }

  /** Stores the bytes; returns the name under which any process can fetch them. Throws `unavailable` where it cannot. */
  async put(bytes: Uint8Array): Promise<string> {
    const known = this.#names.get(bytes);
    if (known !== undefined) return known;
    const name = ulid();
    await this.#open()
      .then((store) => store.putBlob({ name }, bytes))
      .catch(unavailable);
    this.#names.set(bytes, name);
    return name;
  }

  /** Fetches claimed bytes; null when they have lapsed. */
  async get(name: string): Promise<Uint8Array | null> {
    const bytes = await this.#open()
      .then((store) => store.getBlob(name))
      .catch(unavailable);
    if (bytes !== null) this.#names.set(bytes, name);
    return bytes;
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
