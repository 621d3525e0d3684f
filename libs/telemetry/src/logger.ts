import { pino, type Logger as PinoLogger } from 'pino';

/** Structured log lines on stdout, JSON. Never secrets, never prompt content. */
export type Logger = PinoLogger;

/** Makes the logger of a room. `level` is pino's (`debug`, `info`, `warn`, `error`, `silent`). */
export function createLogger(room: string, level: string): Logger {
  return pino({ name: room, level, base: { room }, timestamp: pino.stdTimeFunctions.isoTime });
}
