import { Kvm, type KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { encodeJson, tryDecodeJson } from './wire-json.js';

const BUCKET = 'skein-leases';

/** A claim that one process of several holds at a time, and keeps by holding it again. */
export interface Lease {
  /** Takes or keeps it. False: another has it, or nobody can say. Never throws. */
  tryHold(): Promise<boolean>;
  /** Gives it back, so that another need not wait. Never throws. */
  letGo(): Promise<void>;
}

/**
 * A lease in a KV bucket. Clocks of different machines are never compared: who wants it must have seen the same revision
 * unrenewed for the whole time on its own clock, and takes it by that revision, which only one can.
 */
export class KvLease implements Lease {
  #bucket: Promise<KV> | undefined;
  #heldRevision: number | null = null;
  #seen: { readonly revision: number; readonly at: number } | null = null;

  constructor(
    private readonly connection: NatsConnection,
    private readonly name: string,
    private readonly holder: string,
    private readonly forMs: number,
    private readonly now: () => number,
  ) {}

  async tryHold(): Promise<boolean> {
    try {
      const kv = await this.#open();
      const entry = await kv.get(this.name);
      if (entry === null || entry.operation !== 'PUT') return await this.#take(kv, null);
      const { holder } = (tryDecodeJson(entry.value) ?? {}) as { holder?: string };
      if (holder === this.holder) return await this.#take(kv, entry.revision);
      this.#heldRevision = null;
      if (this.#seen?.revision !== entry.revision) {
        this.#seen = { revision: entry.revision, at: this.now() };
        return false;
      }
      return this.now() - this.#seen.at > this.forMs && (await this.#take(kv, entry.revision));
    } catch {
      this.#heldRevision = null;
      // Its bucket may be gone with its server's disk.
      this.#bucket = undefined;
      return false;
    }
  }

  async letGo(): Promise<void> {
    const revision = this.#heldRevision;
    this.#heldRevision = null;
    if (revision === null) return;
    await this.#open()
      .then((kv) => kv.delete(this.name, { previousSeq: revision }))
      .catch(() => undefined);
  }

  /** Writes itself in after the revision it has seen; who comes second is refused. */
  async #take(kv: KV, revision: number | null): Promise<boolean> {
    const word = encodeJson({ holder: this.holder });
    this.#heldRevision = await (revision === null ? kv.create(this.name, word) : kv.update(this.name, word, revision));
    return true;
  }

  #open(): Promise<KV> {
    this.#bucket ??= new Kvm(this.connection).create(BUCKET, { history: 1 }).catch((error: unknown) => {
      this.#bucket = undefined;
      throw error;
    });
    return this.#bucket;
  }
}
