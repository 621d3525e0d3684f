import type { Logger as TypeormLogger } from 'typeorm';
import type { Logger } from '@skein/telemetry';

/** TypeORM's warnings in our log instead of on the console. Queries and their parameters are never logged. */
export function typeormLog(logger: Logger): TypeormLogger {
  const ignore = (): void => undefined;
  return {
    logQuery: ignore,
    logQueryError: ignore,
    logQuerySlow: ignore,
    logSchemaBuild: ignore,
    logMigration: ignore,
    log: (level, message: unknown) => {
      if (level === 'warn') logger.warn({ typeorm: String(message) }, 'typeorm');
    },
  };
}
