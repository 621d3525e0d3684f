import type { AnnouncedVendor, CallContext, CancelReason, Frame, RequestBody, StopSignal } from '@skein/contracts/wire';
import type { Fact, Rpc, Snapshot } from '@skein/contracts/make';
import type { FactConsumer } from '@skein/contracts/facts';
import type { Lease } from './lease.js';
import type { ZodError } from 'zod';

/** What a handler is told beside its request. */
export interface ServedContext extends CallContext {
  /** The customer's bytes, on contracts that carry them; empty JSON object otherwise. */
  readonly body: RequestBody;
  /** Aborts when the caller cancels or runs out of time. The reason is a `CancelReason`. */
  readonly signal: StopSignal;
}

export type Handler<Request, Reply> = (request: Request, context: ServedContext) => Promise<Reply> | Reply;

export interface CallOptions {
  /** The customer's bytes, for contracts that carry them. */
  readonly body?: RequestBody;
  /** Called once when the server says it has begun; `instance` can then be watched and cancelled. */
  readonly onAccepted?: (instance: string) => void;
  /** Ask this process of the queue group, instead of any. */
  readonly instance?: string;
  /** Long calls over NATS: fail with `worker_lost` when nobody says `accepted` within these ms. */
  readonly acceptWithinMs?: number;
  /** How to stop the server when `context.signal` aborts. Default `cut`. */
  readonly onAbort?: CancelReason['mode'];
}

export interface FleetWorker extends AnnouncedVendor {
  readonly instance: string;
}

/** Which processes are alive, from their beats. */
export interface Fleet {
  isAlive(instance: string): boolean;
  /** Workers of a vendor that take attempts now (draining ones are left out). */
  workersOf(vendor: string): readonly FleetWorker[];
  /** Every vendor that some worker announces, with its mode (`live` wins when both are there). */
  vendors(): ReadonlyMap<string, AnnouncedVendor['mode']>;
  /** Has a vendor no worker now, but had one within ten minutes? Also when only others heard it. */
  isAway(vendor: string): boolean;
  /** Rooms with at least one live server. */
  rooms(): ReadonlySet<string>;
  /** How many live processes serve a room. */
  processesOf(room: string): number;
  /** Are we without the others: not connected, or not even our own beats come back? */
  readonly isCutOff: boolean;
  /** Why no process of a room takes work at the moment; null while one does, or where there is none. */
  refusalOf(room: string): string | null;
  /** The same of all vendors' workers. */
  refusalOfWorkers(): string | null;
  /** Called when a process missed its beats. Returns the way to stop listening. */
  onLost(listener: (instance: string) => void): () => void;
  /** Called whenever the set of vendors or rooms changes. Returns the way to stop listening. */
  onChange(listener: () => void): () => void;
}

export type CheckedFact<Body> =
  { readonly success: true; readonly data: Body } | { readonly success: false; readonly error: ZodError };

export interface ReadFact {
  readonly subject: string;
  /** As it was stated, unchecked; to be treated as frozen, because every reader of the process is given the same. */
  readonly body: unknown;
  /** The body as JSON; written anew only where another process stated it. */
  readonly json: string;
  /** The body, checked against the contract of its subject. Throws where the subject is another one's. */
  check<Body>(fact: Fact<Body>): CheckedFact<Body>;
}

/** NATS as the rooms see it: typed by contracts, short-cut inside a process. */
export interface Bus {
  /** Unique name of this process, free of dots. */
  readonly instance: string;
  readonly fleet: Fleet;

  /** Serves a contract under the queue group of its room. */
  serve<Request, Reply>(room: string, contract: Rpc<Request, Reply>, handler: Handler<Request, Reply>): void;
  /** Asks, and waits until the nearer of the context's deadline and the contract's. Throws `SkeinError` only. */
  call<Request, Reply>(
    contract: Rpc<Request, Reply>,
    request: Request,
    context: CallContext,
    options?: CallOptions,
  ): Promise<Reply>;

  /**
   * Asks, and does not care what comes of it: no reply is sent, nobody is woken by one. What nobody serves is lost. It
   * leaves in front of what this process says next, or by itself a moment later. For contracts whose work may be left
   * undone.
   */
  tell<Request, Reply>(contract: Rpc<Request, Reply>, request: Request, context: CallContext, body?: RequestBody): void;

  /** Sends one frame to a sink; never waits. */
  emitFrame(sink: string, requestId: string, attemptNo: number, frame: Frame): void;
  /** Takes every frame addressed to this process. One listener per process. */
  takeFrames(listener: (requestId: string, attemptNo: number, frame: Frame) => void): void;

  /** States a fact and waits until JetStream has it. Throws `unavailable` when the backlog is full or the bus is closed. */
  /** `soon`: nobody waits for it, so it travels with others, a moment later. */
  state<Body>(fact: Fact<Body>, body: Body, pace?: 'now' | 'soon'): Promise<void>;
  /** Reads facts durably, in order and in batches; acknowledged when the handler resolves, given again when it throws. */
  readFacts(
    consumer: FactConsumer,
    handler: (facts: readonly ReadFact[]) => Promise<void>,
  ): Promise<() => Promise<void>>;
  /** Hears facts as they pass, from now on, without durability. */
  watchFacts<Body>(fact: Fact<Body>, listener: (body: Body) => void): () => void;
  /** True while facts can be stated; false when the backlog is full: refuse new work rather than lose money. */
  readonly takesFacts: boolean;
  /** False while the process is cut off from the mesh: what was asked of others and not answered by then was given up. */
  readonly isConnected: boolean;

  /** Puts a new revision of a snapshot. */
  putSnapshot<Body>(snapshot: Snapshot<Body>, body: Body): Promise<void>;
  /** Calls the listener with the newest revision, now (if there is one) and at every change. Resolves after the first look. */
  watchSnapshot<Body>(snapshot: Snapshot<Body>, listener: (body: Body) => void): Promise<() => void>;

  /** A claim that one process of the mesh holds at a time; it lapses when it is not held again within so many ms. */
  lease(name: string, forMs: number): Lease;

  /** Announces that this process takes attempts for a vendor; said again, it takes the place of what was said. */
  announceVendor(vendor: AnnouncedVendor): void;
  /** What `$SRV.STATS` shows of a room beside its counts: plain JSON, read when somebody asks. */
  tellStats(room: string, read: () => Readonly<Record<string, unknown>>): void;
  /** Serves a subject of the customers' door (`skein.api.…`). */
  serveApi(subject: string, handler: (message: ApiMessage) => Promise<void>): void;
  /** Publishes an event for customers (`skein.evt.…`). */
  publishEvent(subject: string, headers: Readonly<Record<string, string>>, body: Uint8Array): void;
}

/** One message of the customers' door. */
export interface ApiMessage {
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
  /** Null when the caller gave none; already checked to be an inbox. */
  readonly replyTo: string | null;
  /** Sends one message to the caller's inbox. */
  reply(headers: Readonly<Record<string, string>>, body: Uint8Array): void;
}
