import type { Msg, NatsConnection } from '@nats-io/transport-node';

/** A room as `$SRV` shows it (NATS micro services, ADR-32). */
export interface DiscoverableRoom {
  readonly name: string;
  readonly endpoints: EndpointStats[];
  /** What the room tells of itself beside its counts. */
  readonly told: (() => Readonly<Record<string, unknown>>)[];
}

export interface EndpointStats {
  readonly name: string;
  readonly subject: string;
  readonly queue_group: string;
  num_requests: number;
  num_errors: number;
  last_error: string;
  /** Nanoseconds, as ADR-32 wants them. */
  processing_time: number;
}

const VERSION = '0.1.0';

const verbs = {
  PING: { type: 'io.nats.micro.v1.ping_response', body: () => ({}) },
  INFO: {
    type: 'io.nats.micro.v1.info_response',
    body: (room: DiscoverableRoom) => ({
      description: `Skein ${room.name}`,
      endpoints: room.endpoints.map(({ name, subject, queue_group }) => ({ name, subject, queue_group, metadata: {} })),
    }),
  },
  STATS: {
    type: 'io.nats.micro.v1.stats_response',
    body: (room: DiscoverableRoom, started: string) => ({
      started,
      endpoints: room.endpoints.map((endpoint) => ({
        ...endpoint,
        ...(room.told.length > 0 && { data: Object.assign({}, ...room.told.map((read) => read())) as unknown }),
        average_processing_time:
          endpoint.num_requests === 0 ? 0 : Math.round(endpoint.processing_time / endpoint.num_requests),
      })),
    }),
  },
} as const;

/** Answers `$SRV.PING|INFO|STATS[.<name>[.<id>]]` for every room of this process. */
export class Discovery {
  readonly #rooms = new Map<string, DiscoverableRoom>();
  readonly #started: string;
  #connection: NatsConnection | undefined;

  constructor(
    private readonly instance: string,
    startedAt: Date,
  ) {
    this.#started = startedAt.toISOString();
  }

  start(connection: NatsConnection): void {
    this.#connection = connection;
    for (const verb of Object.keys(verbs) as (keyof typeof verbs)[]) {
      connection.subscribe(`$SRV.${verb}`, {
        callback: (_error, message) => {
          for (const room of this.#rooms.values()) this.#answer(verb, room, message);
        },
      });
    }
  }

  /** Shows rooms also without an endpoint: those that only hear facts or customers. */
  show(rooms: readonly string[]): void {
    for (const name of rooms) this.#room(name);
  }

  /** The statistics of one endpoint; its room appears with the first. */
  endpoint(roomName: string, subject: string): EndpointStats {
    const stats: EndpointStats = {
      name: subject.replace(/[^A-Za-z0-9_-]/g, '-'),
      subject,
      queue_group: roomName,
      num_requests: 0,
      num_errors: 0,
      last_error: '',
      processing_time: 0,
    };
    this.#room(roomName).endpoints.push(stats);
    return stats;
  }

  /** Shows what a room tells of itself with the statistics of its endpoints. */
  tell(roomName: string, read: () => Readonly<Record<string, unknown>>): void {
    this.#room(roomName).told.push(read);
  }

  #room(name: string): DiscoverableRoom {
    const known = this.#rooms.get(name);
    if (known !== undefined) return known;
    const room: DiscoverableRoom = { name, endpoints: [], told: [] };
    this.#rooms.set(name, room);
    this.#subscribe(room);
    return room;
  }

  #subscribe(room: DiscoverableRoom): void {
    for (const verb of Object.keys(verbs) as (keyof typeof verbs)[]) {
      for (const subject of [`$SRV.${verb}.${room.name}`, `$SRV.${verb}.${room.name}.${this.instance}`]) {
        this.#connection?.subscribe(subject, { callback: (_error, message) => this.#answer(verb, room, message) });
      }
    }
  }

  #answer(verb: keyof typeof verbs, room: DiscoverableRoom, message: Msg): void {
    const { type, body } = verbs[verb];
    message.respond(
      JSON.stringify({
        type,
        name: room.name,
        id: this.instance,
        version: VERSION,
        metadata: {},
        ...body(room, this.#started),
      }),
    );
  }
}
