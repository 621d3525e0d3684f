import {
  BEAT_INTERVAL_MS,
  BEAT_WILDCARD,
  MISSED_BEATS,
  beat as beatSchema,
  beatSubject,
  type AnnouncedVendor,
  type Beat,
} from '@skein/contracts/wire';
import type { NatsConnection } from '@nats-io/transport-node';
import { safely } from './safely.js';
import type { Fleet, FleetWorker } from './types.js';
import { tryDecodeJson } from './wire-json.js';

/** Late by more than this, our own clock has stood still: nobody is declared lost for our own nap. */
const OWN_NAP_MS = 400;

const BEAT_PREFIX = beatSubject('');

const PATIENCE_MS = BEAT_INTERVAL_MS * MISSED_BEATS;

/** For so long a vendor whose workers are gone may still come back. */
const AWAY_MS = 600_000;

interface Member {
  beat: Beat;
  seenAt: number;
  /** Its last beat as it came. */
  words?: Uint8Array;
}

/**
 * Who is alive, from beats. A process says itself every 500 ms; three missed beats and it is lost. While we are cut off
 * from NATS (not even our own beat comes back), or were asleep ourselves, nobody is lost.
 */
export class FleetView implements Fleet {
  readonly #members = new Map<string, Member>();
  readonly #lostListeners = new Set<(instance: string) => void>();
  readonly #changeListeners = new Set<() => void>();
  readonly #workers = new Map<string, readonly FleetWorker[]>();
  /** When a worker of a vendor was last heard, by us or by others. */
  readonly #heardAt = new Map<string, number>();
  #interval: NodeJS.Timeout | undefined;
  #lastTurn = 0;
  #connected = true;
  #heardSelfAt: number;

  constructor(
    private readonly self: Beat,
    private readonly now: () => number,
    /** Why this process can take no work; told with each beat. */
    private readonly refusal: () => string | null = () => null,
  ) {
    this.#lastTurn = now();
    this.#heardSelfAt = this.#lastTurn;
    this.#note(self);
  }

  /** Starts beating and listening. */
  start(connection: NatsConnection, report: (error: unknown) => void): void {
    this.#lastTurn = this.now();
    this.#heardSelfAt = this.#lastTurn;
    connection.subscribe(BEAT_WILDCARD, {
      callback: safely(report, (message) => {
        const known = this.#members.size;
        this.take(message.subject.slice(BEAT_PREFIX.length), message.data);
        // A newcomer is told at once who is here, instead of at our next beat.
        if (this.#members.size > known) this.#publish(connection);
      }),
    });
    this.#interval = setInterval(() => {
      this.#publish(connection);
      this.turn();
    }, BEAT_INTERVAL_MS).unref();
    this.#publish(connection);
  }

  /** Tells the others at once what changed about this process. */
  announce(connection: NatsConnection): void {
    this.#note(this.self);
    this.#publish(connection);
  }

  setConnected(connected: boolean): void {
    if (connected && !this.#connected) this.#trustAnew();
    this.#connected = connected;
  }

  stop(): void {
    clearInterval(this.#interval);
    this.#lostListeners.clear();
    this.#changeListeners.clear();
  }

  isAlive(instance: string): boolean {
    return this.#members.has(instance);
  }

  workersOf(vendor: string): readonly FleetWorker[] {
    return this.#workers.get(vendor) ?? [];
  }

  vendors(): ReadonlyMap<string, AnnouncedVendor['mode']> {
    const modes = new Map<string, AnnouncedVendor['mode']>();
    for (const [vendor, workers] of this.#workers) {
      if (workers.length > 0) modes.set(vendor, workers.some((worker) => worker.mode === 'live') ? 'live' : 'sandbox');
    }
    return modes;
  }

  isAway(vendor: string): boolean {
    return this.#away().some((away) => away.vendor === vendor);
  }

  rooms(): ReadonlySet<string> {
    return new Set([...this.#members.values()].flatMap((member) => member.beat.rooms));
  }

  processesOf(room: string): number {
    return [...this.#members.values()].filter(({ beat }) => beat.rooms.includes(room)).length;
  }

  get isCutOff(): boolean {
    return !this.#connected || this.#hearsNobody(PATIENCE_MS);
  }

  refusalOf(room: string): string | null {
    return this.#refusalOf((beat) => beat.rooms.includes(room));
  }

  refusalOfWorkers(): string | null {
    return this.#refusalOf((beat) => beat.vendors.length > 0);
  }

  onLost(listener: (instance: string) => void): () => void {
    this.#lostListeners.add(listener);
    return () => void this.#lostListeners.delete(listener);
  }

  onChange(listener: () => void): () => void {
    this.#changeListeners.add(listener);
    return () => void this.#changeListeners.delete(listener);
  }

  /** Takes what came as a process's beat. Nearly every one says what the last one said, and is not read again. */
  take(instance: string, words: Uint8Array): void {
    const member = this.#members.get(instance);
    if (member?.words !== undefined && Buffer.compare(member.words, words) === 0) return this.#hearAgain(member);
    if (this.hear(tryDecodeJson(words)) !== instance) return;
    const heard = this.#members.get(instance);
    // A copy: what came lies in the memory of a whole packet.
    if (heard !== undefined) heard.words = words.slice();
  }

  /** Takes what may be a beat. Returns whose it is. */
  hear(said: unknown): string | null {
    const parsed = beatSchema.safeParse(said);
    if (!parsed.success) return null;
    const { instance, away = [] } = parsed.data;
    if (instance === this.self.instance) this.#hearSelf();
    else {
      for (const { vendor, ago_ms: ago } of away) this.#remember(vendor, this.now() - ago);
      this.#note(parsed.data);
    }
    return instance;
  }

  #hearAgain(member: Member): void {
    if (member.beat.instance === this.self.instance) return this.#hearSelf();
    member.seenAt = this.now();
    if (!member.beat.draining) for (const { vendor } of member.beat.vendors) this.#remember(vendor, member.seenAt);
  }

  #hearSelf(): void {
    if (this.#hearsNobody(PATIENCE_MS)) this.#trustAnew();
    this.#heardSelfAt = this.now();
  }

  /** Looks, once per beat, for who has missed too many of theirs. */
  turn(): void {
    const now = this.now();
    const nap = now - this.#lastTurn - BEAT_INTERVAL_MS;
    this.#lastTurn = now;
    let patience = PATIENCE_MS;
    if (nap > OWN_NAP_MS) {
      for (const member of this.#members.values()) member.seenAt += nap;
      this.#heardSelfAt += nap;
      // What came in meanwhile is yet to be read.
      patience += nap;
    }
    if (!this.#connected || this.#hearsNobody(patience)) return;
    for (const [instance, member] of this.#members) {
      if (instance === this.self.instance || now - member.seenAt <= patience) continue;
      this.#members.delete(instance);
      this.#regroup();
      for (const listener of this.#lostListeners) listener(instance);
    }
  }

  /** A frozen server looks like a mesh of the dead: our own beats have not come back either. */
  #hearsNobody(patienceMs: number): boolean {
    return this.now() - this.#heardSelfAt > patienceMs;
  }

  #trustAnew(): void {
    const now = this.now();
    for (const member of this.#members.values()) member.seenAt = now;
  }

  #note(beat: Beat): void {
    const before = this.#members.get(beat.instance);
    this.#members.set(beat.instance, { beat, seenAt: this.now() });
    if (!beat.draining) for (const { vendor } of beat.vendors) this.#remember(vendor, this.now());
    if (before !== undefined && before.beat !== beat && sameStanding(before.beat, beat)) return;
    this.#regroup();
  }

  #regroup(): void {
    this.#workers.clear();
    for (const { beat } of this.#members.values()) {
      if (beat.draining) continue;
      for (const vendor of beat.vendors) {
        const worker: FleetWorker = { ...vendor, instance: beat.instance };
        this.#workers.set(vendor.vendor, [...(this.#workers.get(vendor.vendor) ?? []), worker]);
      }
    }
    for (const listener of this.#changeListeners) listener();
  }

  /** Why none of several processes takes work; null while one does, or where there is none. */
  #refusalOf(isMeant: (beat: Beat) => boolean): string | null {
    const reasons = [...this.#members.values()]
      .filter(({ beat }) => isMeant(beat))
      .map(({ beat }) => (beat === this.self ? this.refusal() : (beat.refuses ?? null)));
    return reasons.includes(null) ? null : (reasons[0] ?? null);
  }

  #remember(vendor: string, at: number): void {
    this.#heardAt.set(vendor, Math.max(at, this.#heardAt.get(vendor) ?? -Infinity));
  }

  #away(): NonNullable<Beat['away']> {
    const now = this.now();
    return [...this.#heardAt]
      .filter(([vendor, at]) => now - at <= AWAY_MS && this.workersOf(vendor).length === 0)
      .map(([vendor, at]) => ({ vendor, ago_ms: Math.round(now - at) }));
  }

  /** What this process says of itself, and of whom it misses. */
  said(): Beat {
    const away = this.#away();
    const refuses = this.refusal();
    if (away.length === 0 && refuses === null) return this.self;
    return { ...this.self, ...(away.length > 0 && { away }), ...(refuses !== null && { refuses }) };
  }

  #publish(connection: NatsConnection): void {
    if (!connection.isClosed()) connection.publish(beatSubject(this.self.instance), JSON.stringify(this.said()));
  }
}

function sameStanding(a: Beat, b: Beat): boolean {
  return (
    a.draining === b.draining &&
    a.rooms.join() === b.rooms.join() &&
    JSON.stringify(a.vendors) === JSON.stringify(b.vendors)
  );
}
