import { Kvm, type KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Snapshot } from '@skein/contracts/make';
import { encodeJson, tryDecodeJson } from './wire-json.js';

/** Newest revisions in KV buckets. A revision that does not fit its schema is passed over: the last good one stays. */
export class Snapshots {
  readonly #watchers = new Set<{ stop(): void }>();
  readonly #opening = new Set<Promise<unknown>>();
  #isStopped = false;
  readonly #buckets = new Map<string, Promise<KV>>();

  constructor(
    private readonly connection: NatsConnection,
    private readonly onBadRevision: (bucket: string, problem: string) => void,
  ) {}

  async put<Body>(snapshot: Snapshot<Body>, body: Body): Promise<void> {
    const kv = await this.#bucket(snapshot.bucket);
    await kv.put(snapshot.key, encodeJson(body));
  }

  /** Ends every watch, also those just opening: one that outlives its connection would look for it for ever. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.allSettled(this.#opening);
    for (const watcher of this.#watchers) watcher.stop();
    this.#watchers.clear();
  }

  async watch<Body>(snapshot: Snapshot<Body>, listener: (body: Body) => void): Promise<() => void> {
    const kv = await this.#bucket(snapshot.bucket);
    const hear = (bytes: Uint8Array) => {
      const parsed = snapshot.body.safeParse(tryDecodeJson(bytes));
      if (parsed.success) listener(parsed.data);
      else this.onBadRevision(snapshot.bucket, parsed.error.message);
    };
    const newest = await kv.get(snapshot.key);
    if (newest !== null && newest.operation === 'PUT') hear(newest.value);
    if (this.#isStopped) return () => undefined;
    const opening = kv.watch({ key: snapshot.key });
    this.#opening.add(opening);
    const watcher = await opening.finally(() => this.#opening.delete(opening));
    if (this.#isStopped) {
      watcher.stop();
      return () => undefined;
    }
    void (async () => {
      for await (const entry of watcher) {
        if (entry.operation === 'PUT' && entry.revision !== newest?.revision) hear(entry.value);
      }
    })();
    this.#watchers.add(watcher);
    return () => {
      this.#watchers.delete(watcher);
      watcher.stop();
    };
  }

  #bucket(name: string): Promise<KV> {
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      bucket = new Kvm(this.connection).create(name, { history: 5 }).catch((error: unknown) => {
        this.#buckets.delete(name);
        throw error;
      });
      this.#buckets.set(name, bucket);
    }
    return bucket;
  }
}
