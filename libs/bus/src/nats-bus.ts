import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { FactConsumer } from '@skein/contracts/facts';
import { SkeinError, toSkeinError } from '@skein/contracts/errors';
import type { Fact, Rpc, Snapshot } from '@skein/contracts/make';
import {
  cancelMessage,
  controlSubject,
  framesWildcard,
  type AnnouncedVendor,
  type Beat,
  type CallContext,
  type Frame,
  type RequestBody,
} from '@skein/contracts/wire';
import type { Logger } from '@skein/telemetry';
import { CallMux } from './call-mux.js';
import { callLocal } from './call-local.js';
import { CANCEL_GRACE_MS, callRemote, callerLeft, tellRemote, type CallerTools } from './call-remote.js';
import { Claims } from './claims.js';
import { ConnectionWatch } from './connection-watch.js';
import { dial } from './dial.js';
import { Discovery } from './discovery.js';
import { EventLog } from './event-log.js';
import { ensureFactStream, readFactStream } from './fact-stream.js';
import { forgetReadFacts } from './forget-read-facts.js';
import { FactWriter } from './fact-writer.js';
import { FleetView } from './fleet-view.js';
import { FrameLine, type FrameListener } from './frame-line.js';
import { HeardFacts } from './heard-facts.js';
import { KvLease, type Lease } from './lease.js';
import { LocalRooms } from './local-rooms.js';
import { Outbox } from './outbox.js';
import { ServedCalls } from './served-calls.js';
import { headersOf, serveApi } from './serve-api.js';
import { serveOnNats } from './serve-on-nats.js';
import { safely } from './safely.js';
import { Snapshots } from './snapshots.js';
import { TimerWheel } from './timer-wheel.js';
import type { ApiMessage, Bus, CallOptions, Handler, ReadFact } from './types.js';
import { WatchedFacts } from './watched-facts.js';
import { tryDecodeJson } from './wire-json.js';

export type LocalMode = 'prefer' | 'verify' | 'never';

export interface BusOptions {
  readonly url: string;
  /** Unique in the mesh, free of dots. */
  readonly instance: string;
  /** Rooms this process will serve: told to the fleet. */
  readonly rooms: readonly string[];
  readonly local: LocalMode;
  readonly logger: Logger;
}

/** However short the grace: facts are money. */
const LAST_FACTS_MS = 2_000;

/** Connects a process to the mesh, and makes sure the fact stream is there. */
export async function connectBus(options: BusOptions): Promise<NatsBus> {
  const connection = await dial(options.url, `skein ${options.instance}`);
  let log: NatsConnection | undefined;
  try {
    log = await dial(options.url, `skein ${options.instance} log`);
    await ensureFactStream(log);
  } catch (error) {
    await Promise.all([connection.close(), log?.close()]);
    throw error;
  }
  const bus = new NatsBus(connection, log, options);
  bus.start();
  return bus;
}

/** NATS for the rooms of one process. Composition only: each duty has a file of its own. */
export class NatsBus implements Bus {
  readonly instance: string;
  readonly fleet: FleetView;
  readonly #self: Beat;
  readonly #wheel = new TimerWheel(() => performance.now());
  readonly #mux: CallMux;
  readonly #outbox: Outbox;
  readonly #asking: CallerTools;
  readonly #frames: FrameLine;
  readonly #local = new LocalRooms();
  readonly #served = new ServedCalls();
  #forgetting: (() => void) | undefined;
  readonly #claims: Claims;
  readonly #discovery: Discovery;
  readonly #log: EventLog;
  readonly #facts: FactWriter;
  readonly #heard = new HeardFacts();
  readonly #watched = new WatchedFacts(
    (subject, hear) => {
      const leave = this.#heard.addReader(subject);
      const subscription = this.#hear(subject, (message) => hear(this.#heard.read(message)));
      return () => {
        leave();
        subscription.unsubscribe();
      };
    },
    (error) => this.#report(error),
  );
  readonly #snapshots: Snapshots;
  readonly #link: ConnectionWatch;
  readonly #stops: (() => Promise<void>)[] = [];

  constructor(
    private readonly connection: NatsConnection,
    log: NatsConnection,
    private readonly options: BusOptions,
  ) {
    this.instance = options.instance;
    this.#self = { instance: options.instance, rooms: [...options.rooms], vendors: [], draining: false };
    this.fleet = new FleetView(
      this.#self,
      () => performance.now(),
      () => this.refusal,
    );
    this.#mux = new CallMux(options.instance, this.#wheel);
    this.#outbox = new Outbox(connection, this.#wheel);
    this.#frames = new FrameLine(this.#outbox, { ...options, report: this.#report });
    this.#log = new EventLog(log, options.instance, this.#wheel, options.logger);
    this.#claims = new Claims(connection, this.#log);
    this.#asking = { outbox: this.#outbox, mux: this.#mux, wheel: this.#wheel, claims: this.#claims };
    this.#discovery = new Discovery(options.instance, new Date());
    this.#snapshots = new Snapshots(this.#log, (bucket, problem) => {
      options.logger.error({ bucket, problem }, 'a snapshot does not fit its schema; the last good one stays');
    });
    this.#link = new ConnectionWatch({
      onLost: () => {
        this.fleet.setConnected(false);
        // Whether what was asked has arrived, nobody can say.
        this.#mux.failAll(lostConnection());
        options.logger.warn('the connection to NATS is lost; trying again');
      },
      onBack: () => {
        this.fleet.setConnected(true);
        this.fleet.announce(connection);
        options.logger.info('connected to NATS again');
      },
    });
    this.#facts = new FactWriter(
      (subject, messageId, group, facts) => {
        // In the other modes readers are to see what a reader of another process would.
        if (options.local === 'prefer') this.#heard.remember(subject, messageId, facts);
        return this.#log.publish(subject, messageId, group);
      },
      (ms, run) => this.#wheel.after(ms, run),
    );
  }

  start(): void {
    this.#mux.start(this.connection, this.#report);
    this.#discovery.start(this.connection);
    this.#hear(controlSubject(this.instance), (message) => this.#control(message));
    this.#hear(framesWildcard(this.instance), (message) => this.#frames.hear(message));
    this.fleet.onLost((instance) => this.#mux.failInstance(instance));
    this.fleet.start(this.connection, this.#report);
    this.#log.start();
    void this.#link.follow(this.connection);
  }

  get takesFacts(): boolean {
    return this.#facts.takesFacts;
  }

  /** Why this process can take no work right now, in a few words; null while it can. */
  get refusal(): string | null {
    if (this.#facts.takesFacts) return null;
    return `the event log does not take what happens (${this.#log.trouble ?? 'its backlog is full'})`;
  }

  /** Is the process connected to NATS right now, for calls and for facts? */
  get isConnected(): boolean {
    return this.#link.isConnected && this.#log.isConnected;
  }

  /** Resolves when the server knows everything this process serves: from then on nobody meets "no responders". */
  subscribed(): Promise<void> {
    this.#discovery.show(this.options.rooms);
    return this.connection.flush();
  }

  serve<Request, Reply>(room: string, contract: Rpc<Request, Reply>, handler: Handler<Request, Reply>): void {
    this.#local.add(room, contract, handler);
    const stop = serveOnNats(
      {
        connection: this.connection,
        outbox: this.#outbox,
        instance: this.instance,
        served: this.#served,
        wheel: this.#wheel,
        claims: this.#claims,
        stats: this.#discovery.endpoint(room, contract.subject),
      },
      room,
      contract,
      handler,
    );
    this.#stops.push(stop);
  }

  call<Request, Reply>(
    contract: Rpc<Request, Reply>,
    request: Request,
    context: CallContext,
    options: CallOptions = {},
  ): Promise<Reply> {
    const now = performance.now();
    const timeoutMs = Math.min(context.deadline - now, contract.deadlineMs);
    if (context.signal?.aborted) return Promise.reject(callerLeft());
    if (timeoutMs <= 0) {
      return Promise.reject(new SkeinError('deadline_exceeded', `No time is left to ask ${contract.subject}`));
    }
    if (this.options.local !== 'never' && (options.instance ?? this.instance) === this.instance) {
      const handler = this.#local.find(contract);
      if (handler !== undefined) {
        return callLocal(
          {
            contract,
            handler,
            request,
            context,
            options,
            timeoutMs,
            instance: this.instance,
            verify: this.options.local === 'verify',
            now,
          },
          this.#served,
          this.#wheel,
        );
      }
    }
    if (this.connection.isClosed()) return Promise.reject(lostConnection());
    return this.#callRemote(contract, request, context, options);
  }

  tell<Request, Reply>(
    contract: Rpc<Request, Reply>,
    request: Request,
    context: CallContext,
    body?: RequestBody,
  ): void {
    const call = { contract, request, context, options: { body }, timeoutMs: contract.deadlineMs };
    const isHere = this.options.local !== 'never' && this.#local.find(contract) !== undefined;
    if (isHere || !tellRemote(this.#asking, call))
      void this.call(contract, request, context, { body }).catch(() => undefined);
  }

  async #callRemote<Request, Reply>(
    contract: Rpc<Request, Reply>,
    request: Request,
    context: CallContext,
    options: CallOptions,
  ): Promise<Reply> {
    try {
      if (!this.#link.isConnected && !(await this.#link.whenConnected(context.deadline - performance.now())))
        throw lostConnection();
      const timeoutMs = Math.min(context.deadline - performance.now(), contract.deadlineMs);
      return await callRemote(this.#asking, { contract, request, context, options, timeoutMs });
    } catch (thrown) {
      throw toSkeinError(thrown);
    }
  }

  emitFrame(sink: string, requestId: string, attemptNo: number, frame: Frame): void {
    this.#frames.emit(sink, requestId, attemptNo, frame);
  }

  takeFrames(listener: FrameListener): void {
    this.#frames.take(listener);
  }

  state<Body>(fact: Fact<Body>, body: Body, pace?: 'now' | 'soon'): Promise<void> {
    return this.#facts.state(fact, body, pace);
  }

  async readFacts(consumer: FactConsumer, handler: (facts: readonly ReadFact[]) => Promise<void>) {
    const stop = await readFactStream(this.#log, this.#heard, consumer, handler, (error) => {
      this.options.logger.error({ consumer, err: error }, 'facts could not be handled; they will be given again');
    });
    this.#stops.push(stop);
    if (this.#forgetting === undefined) {
      this.#forgetting = forgetReadFacts(this.#log.connection, (error) =>
        this.options.logger.debug({ err: error }, 'facts that were read stay for now'),
      );
      const stopForgetting = this.#forgetting;
      this.#stops.push(async () => stopForgetting());
    }
    return stop;
  }

  watchFacts<Body>(fact: Fact<Body>, listener: (body: Body) => void): () => void {
    return this.#watched.add(fact, listener);
  }

  putSnapshot<Body>(snapshot: Snapshot<Body>, body: Body): Promise<void> {
    return this.#snapshots.put(snapshot, body);
  }

  watchSnapshot<Body>(snapshot: Snapshot<Body>, listener: (body: Body) => void): Promise<() => void> {
    return this.#snapshots.watch(snapshot, listener);
  }

  lease(name: string, forMs: number): Lease {
    return new KvLease(this.#log.connection, name, this.instance, forMs, () => performance.now());
  }

  announceVendor(vendor: AnnouncedVendor): void {
    const place = this.#self.vendors.findIndex((known) => known.vendor === vendor.vendor);
    if (place === -1) this.#self.vendors.push(vendor);
    else this.#self.vendors[place] = vendor;
    this.fleet.announce(this.connection);
  }

  tellStats(room: string, read: () => Readonly<Record<string, unknown>>): void {
    this.#discovery.tell(room, read);
  }

  serveApi(subject: string, handler: (message: ApiMessage) => Promise<void>): void {
    const stats = this.#discovery.endpoint('gateway', subject);
    const tools = { connection: this.connection, outbox: this.#outbox, logger: this.options.logger, stats };
    this.#stops.push(serveApi({ ...tools, served: this.#served }, subject, handler));
  }

  publishEvent(subject: string, eventHeaders: Readonly<Record<string, string>>, body: Uint8Array): void {
    this.#outbox.publish(subject, body, { headers: headersOf(eventHeaders) });
  }

  /**
   * Leaves the mesh in order: takes no more, tells the fleet, lets what is under way end within the grace, then cuts it,
   * hands over the last facts, and closes.
   */
  async drain(graceMs: number): Promise<void> {
    this.#self.draining = true;
    this.fleet.announce(this.connection);
    const until = performance.now() + graceMs;
    await this.#within(LAST_FACTS_MS, this.#snapshots.stop());
    const stopped = Promise.all(this.#stops.splice(0).map((stop) => stop().catch(() => undefined)));
    // Cut off from the server, its word that nothing more will come is not to be had.
    if (this.#link.isConnected) await this.#within(graceMs, stopped);
    await this.#within(until - performance.now(), this.#served.whenIdle());
    this.#served.cancelAll({ reason: 'the process is stopping', mode: 'cut' });
    await this.#within(CANCEL_GRACE_MS.cut, this.#served.whenIdle());
    await this.#facts.close(Math.max(until - performance.now(), LAST_FACTS_MS));
    await this.#within(LAST_FACTS_MS, this.#log.close());
    this.fleet.stop();
    this.#outbox.flush();
    this.#mux.failAll(new SkeinError('unavailable', 'The process is stopping', { retryAfterMs: 1_000 }));
    if (this.#link.isConnected)
      await this.#within(
        LAST_FACTS_MS,
        this.connection.drain().catch(() => undefined),
      );
    await this.connection.close();
    this.#wheel.stop();
  }

  #hear(subject: string, hear: (message: Msg) => void) {
    return this.connection.subscribe(subject, { callback: safely(this.#report, hear) });
  }

  readonly #report = (error: unknown): void => {
    this.options.logger.error({ err: error }, 'a message could not be handled');
  };

  #control(message: Msg): void {
    const parsed = cancelMessage.safeParse(tryDecodeJson(message.data));
    if (!parsed.success) return;
    const { request, attempt, reason, mode } = parsed.data;
    for (const id of new Set([request, attempt])) if (id !== undefined) this.#served.cancel(id, { reason, mode });
  }

  async #within(ms: number, work: Promise<unknown>): Promise<void> {
    await Promise.race([work, new Promise<void>((resolve) => void this.#wheel.after(Math.max(ms, 0), resolve))]);
  }
}

const lostConnection = () => new SkeinError('unavailable', 'The connection to NATS is lost', { retryAfterMs: 1_000 });
