/**
 * A room's own corner of PostgreSQL: a schema of its name, its migrations table in it, and a pool that outlives the server.
 * Unqualified names, in entities and in SQL, mean that schema.
 */
import { DataSource, type EntitySchema, type MigrationInterface } from 'typeorm';
import type { Logger } from '@skein/telemetry';
import { migrate } from './migrate.js';
import { schemaOf } from './names.js';
import { typeormLog } from './typeorm-log.js';
import { untilItAnswers } from './wait.js';

/** An open store of a room. Only its repositories look inside. */
export type Store = DataSource;

export interface StoreOptions {
  /** `postgres://user:password@host:port/database` */
  readonly url: string;
  /** The room: names its schema, its migrations table (`migrations_<name>`) and its connections. */
  readonly name: string;
  readonly entities: readonly (EntitySchema | (abstract new (...parts: never[]) => object))[];
  /** In any order: TypeORM sorts them by the timestamp that ends each class name (`MakeJobs1760000000000`). */
  readonly migrations: readonly (new () => MigrationInterface)[];
  readonly logger: Logger;
  /** Most connections of this process for this room. Default 10. */
  readonly poolSize?: number;
  /** How long to wait for PostgreSQL at the start, ms. Default 60,000. */
  readonly waitMs?: number;
  /** Longest time of one statement, ms. Default 10,000. Migrations have none. */
  readonly statementTimeoutMs?: number;
}

const POOL_SIZE = 10;
const WAIT_MS = 60_000;
const STATEMENT_TIMEOUT_MS = 10_000;
const IDLE_TRANSACTION_MS = 60_000;
const CONNECT_TIMEOUT_MS = 3_000;
const KEEP_ALIVE_MS = 10_000;
/** The client gives up a little after the server should have: only a server that no longer answers gets there. */
const CLIENT_MARGIN_MS = 2_000;

/**
 * Waits for PostgreSQL, runs the room's migrations and opens its pool. From then on the server may come and go: calls fail
 * while it is away (see `askStore`) and work again when it is back. Throws what PostgreSQL said when waiting did not help.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { logger, name } = options;
  const schema = schemaOf(name);
  const onIdleLoss = (error: Error): void => logger.warn({ err: error }, 'a connection to PostgreSQL was lost');
  const statementTimeoutMs = options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS;
  const session = { options: `-c search_path=${schema}`, keepAlive: true, keepAliveInitialDelayMillis: KEEP_ALIVE_MS };
  const common = {
    type: 'postgres' as const,
    url: options.url,
    schema,
    applicationName: `skein-${name}`,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    poolErrorHandler: onIdleLoss,
    installExtensions: false,
    logger: typeormLog(logger),
  };

  const open = async (): Promise<DataSource> => {
    const migrations = [...options.migrations];
    const migrationsTableName = `migrations_${schema}`;
    await migrate({ ...common, migrations, migrationsTableName, poolSize: 1, extra: session }, schema, logger);
    return new DataSource({
      ...common,
      entities: [...options.entities],
      poolSize: options.poolSize ?? POOL_SIZE,
      extra: {
        ...session,
        statement_timeout: statementTimeoutMs,
        query_timeout: statementTimeoutMs + CLIENT_MARGIN_MS,
        idle_in_transaction_session_timeout: IDLE_TRANSACTION_MS,
      },
    }).initialize();
  };
  return untilItAnswers(open, { waitMs: options.waitMs ?? WAIT_MS, logger });
}
