import { Kvm, type KV, type KvWatchEntry } from '@nats-io/kv';
import type { Snapshot } from '@skein/contracts/make';
import type { LogLine } from './log-line.js';
import { encodeJson, tryDecodeJson } from './wire-json.js';

interface Watch {
  readonly snapshot: { readonly bucket: string; readonly key: string };
  readonly hear: (bytes: Uint8Array) => void;
  /** The last good revision it was told. */
  heard: Uint8Array | null;
  stop: () => void;
}

/**
 * Newest revisions in KV buckets. A revision that does not fit its schema is passed over: the last good one stays. When the
 * server comes back without its disk, whoever still knows a revision puts it back, and every watch goes on.
 */
export class Snapshots {
  readonly #watches = new Set<Watch>();
  readonly #opening = new Set<Promise<unknown>>();
  #isStopped = false;
  readonly #buckets = new Map<string, Promise<KV>>();
  /** The newest revision of each snapshot that this process has put or heard, by bucket and key. */
  readonly #known = new Map<string, Uint8Array>();

  constructor(
    private readonly log: LogLine,
    private readonly onBadRevision: (bucket: string, problem: string) => void,
  ) {
    log.onBack(() => this.#openAgain());
  }

  async put<Body>(snapshot: Snapshot<Body>, body: Body): Promise<void> {
    const kv = await this.#bucket(snapshot.bucket);
    const bytes = encodeJson(body);
    await kv.put(snapshot.key, bytes);
    this.#known.set(nameOf(snapshot), bytes);
  }

  /** Ends every watch, also those just opening: one that outlives its connection would look for it for ever. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.allSettled(this.#opening);
    for (const watch of this.#watches) watch.stop();
    this.#watches.clear();
  }

  async watch<Body>(snapshot: Snapshot<Body>, listener: (body: Body) => void): Promise<() => void> {
    const watch: Watch = {
      snapshot,
      hear: (bytes) => {
        const parsed = snapshot.body.safeParse(tryDecodeJson(bytes));
        if (!parsed.success) return this.onBadRevision(snapshot.bucket, parsed.error.message);
        this.#known.set(nameOf(snapshot), bytes);
        watch.heard = bytes;
        listener(parsed.data);
      },
      heard: null,
      stop: () => undefined,
    };
    await this.#open(watch);
    this.#watches.add(watch);
    return () => {
      this.#watches.delete(watch);
      watch.stop();
    };
  }

  /** Hears the newest revision, and from then on every change. */
  async #open(watch: Watch): Promise<void> {
    const { bucket, key } = watch.snapshot;
    const kv = await this.#bucket(bucket);
    const newest = await kv.get(key);
    if (newest !== null && newest.operation === 'PUT' && !isSame(newest.value, watch.heard)) watch.hear(newest.value);
    if (this.#isStopped) return;
    const opening = kv.watch({ key });
    this.#opening.add(opening);
    const watcher = await opening.finally(() => this.#opening.delete(opening));
    watch.stop();
    watch.stop = () => watcher.stop();
    if (this.#isStopped) return watcher.stop();
    void follow(watcher, newest?.revision, watch.hear);
  }

  /** The buckets' handles, and the watches on them, may be of a stream that is no more. */
  async #openAgain(): Promise<void> {
    this.#buckets.clear();
    for (const [name, bytes] of this.#known) await this.#putBack(name, bytes);
    for (const watch of this.#watches) await this.#open(watch);
  }

  /** Only where there is nothing: who comes second, or knows less than is there, changes nothing. */
  async #putBack(name: string, bytes: Uint8Array): Promise<void> {
    const { bucket, key } = JSON.parse(name) as Watch['snapshot'];
    const kv = await this.#bucket(bucket);
    if ((await kv.get(key)) === null) await kv.create(key, bytes).catch(() => undefined);
  }

  #bucket(name: string): Promise<KV> {
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      bucket = new Kvm(this.log.connection).create(name, { history: 5 }).catch((error: unknown) => {
        this.#buckets.delete(name);
        throw error;
      });
      this.#buckets.set(name, bucket);
    }
    return bucket;
  }
}

async function follow(
  watcher: AsyncIterable<KvWatchEntry>,
  known: number | undefined,
  hear: (bytes: Uint8Array) => void,
): Promise<void> {
  for await (const entry of watcher) {
    if (entry.operation === 'PUT' && entry.revision !== known) hear(entry.value);
  }
}

const nameOf = ({ bucket, key }: Watch['snapshot']): string => JSON.stringify({ bucket, key });

function isSame(one: Uint8Array, other: Uint8Array | null): boolean {
  return other !== null && Buffer.compare(one, other) === 0;
}
