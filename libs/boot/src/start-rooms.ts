import { randomBytes } from 'node:crypto';
import { connectBus, type NatsBus } from '@skein/bus';
import { SettingsError, readSettings, type Environment, type SettingsOf } from '@skein/config';
import { createLogger, startTelemetry, type Telemetry } from '@skein/telemetry';
import { meshSettings, parseOtlpHeaders } from './mesh-settings.js';
import { startOpsServer } from './ops-server.js';
import { ReadinessBoard } from './readiness.js';
import { hostOnBus } from './room-host.js';
import type { RoomContext, RoomDefinition, RunningRoom } from './room.js';

export interface RunningRooms {
  readonly bus: NatsBus;
  readonly readiness: ReadinessBoard;
  readonly telemetry: Telemetry;
  /** Drains and closes everything, in order. */
  stop(): Promise<void>;
}

/** A room that is started with an environment of its own (a vendor's worker beside another vendor's in one process). */
export interface RoomPlacement {
  readonly room: RoomDefinition;
  readonly environment?: Environment;
}

/**
 * Starts rooms in this process, in the order given, over one connection to NATS. Settings of all rooms are checked before
 * anything is opened. Throws `SettingsError` with every problem, or what a room threw, after closing what was open.
 */
export async function startRooms(
  placements: readonly RoomPlacement[],
  environment: Environment,
): Promise<RunningRooms> {
  const { mesh, rooms } = readAllSettings(placements, environment);
  const names = rooms.map(({ room }) => room.name);
  const instance = `${names.length === 1 ? names[0] : 'skein'}-${randomBytes(5).toString('hex')}`;
  const logger = createLogger(names.length === 1 ? (names[0] ?? 'skein') : 'skein', mesh.LOG_LEVEL);
  const telemetry = startTelemetry({
    service: names.length === 1 ? `skein-${names[0]}` : 'skein',
    instance,
    endpoint: mesh.OTEL_EXPORTER_OTLP_ENDPOINT,
    headers: parseOtlpHeaders(mesh.OTEL_EXPORTER_OTLP_HEADERS),
    sampleRatio: mesh.OTEL_TRACES_SAMPLER_ARG,
    logger,
  });
  const bus = await connectBus({ url: mesh.NATS_URL, instance, rooms: names, local: mesh.BUS_LOCAL, logger }).catch(
    async (error: unknown) => {
      await telemetry.shutdown();
      throw error;
    },
  );
  const readiness = new ReadinessBoard();
  readiness.add('nats', () => (bus.fleet.isCutOff ? 'the connection is lost, or carries nothing' : true));
  readiness.add('facts', () => bus.refusal ?? true);
  const running: RunningRoom[] = [];
  const servings: (() => void)[] = [];
  const drains: ((graceMs: number) => Promise<void>)[] = [];
  const closes: (() => Promise<void> | void)[] = [];
  let ops: { stop(): Promise<void> } | undefined;

  const stop = async () => {
    readiness.close();
    // The last to be started lets go first: the doors before the rooms behind them.
    for (const drain of drains.splice(0).reverse()) {
      await drain(mesh.SHUTDOWN_GRACE_MS).catch((error: unknown) => logger.error({ err: error }, 'draining failed'));
    }
    await bus.drain(mesh.SHUTDOWN_GRACE_MS);
    for (const room of running.splice(0).reverse()) {
      await room.stop().catch((error: unknown) => logger.error({ err: error }, 'a room did not close'));
    }
    for (const close of closes.splice(0).reverse()) {
      await Promise.resolve()
        .then(close)
        .catch((error: unknown) => logger.error({ err: error }, 'something did not close'));
    }
    await ops?.stop();
    await telemetry.shutdown();
  };

  try {
    if (mesh.OPS_PORT !== undefined) {
      const metrics = telemetry.metricsHandler();
      ops = await startOpsServer({ host: mesh.OPS_HOST, port: mesh.OPS_PORT, readiness, metrics });
    }
    for (const { room, settings } of rooms) {
      const context: RoomContext = {
        bus,
        settings,
        logger: createLogger(room.name, mesh.LOG_LEVEL),
        readiness,
        lifecycle: {
          onServing: (step) => void servings.push(step),
          onDrain: (step) => void drains.push(step),
          onClose: (step) => void closes.push(step),
        },
        metrics: telemetry.metricsHandler(),
      };
      running.push(await (room.host?.(context) ?? hostOnBus(room.name, room.module, context)));
    }
    await bus.subscribed();
    for (const step of servings) step();
  } catch (error) {
    await stop();
    throw error;
  }
  return { bus, readiness, telemetry, stop };
}

function readAllSettings(placements: readonly RoomPlacement[], environment: Environment) {
  const problems: string[] = [];
  const collect = <Value>(read: () => Value): Value | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const mesh = collect(() => readSettings(meshSettings, environment));
  const rooms: { room: RoomDefinition; settings: SettingsOf<RoomDefinition['settings']> }[] = [];
  for (const { room, environment: own } of placements) {
    const settings = collect(() => readSettings(room.settings, { ...environment, ...own }));
    if (settings !== undefined) rooms.push({ room, settings });
  }
  if (mesh === undefined || problems.length > 0) throw new SettingsError([...new Set(problems)]);
  return { mesh, rooms };
}
