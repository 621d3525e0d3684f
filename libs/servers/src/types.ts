/** The three backing servers this package can find, install and run. */
export type ServerName = 'nats' | 'redis' | 'postgres';

/** Receives one readable line per noteworthy step (an install, a first-time set-up, an unexpected end). Never a secret. */
export type Progress = (line: string) => void;

/**
 * Where a private server lives. With a `stateDir` its port, passwords and data outlive the process; `ephemeral` gives it
 * a temporary directory that `stop()` removes, and settings that survive a killed process but not a power cut.
 */
export type LaunchOptions = { onProgress?: Progress } & (
  { stateDir: string; ephemeral?: false } | { ephemeral: true; stateDir?: undefined }
);

/**
 * A running private server. It is in its own process group, so a Ctrl-C in the terminal does not reach it. Port, password
 * and data stay the same over `kill`, `start` and `restart`.
 */
export interface LaunchedServer {
  readonly name: ServerName;
  readonly port: number;
  readonly logFile: string;
  /** Undefined while the server is down. */
  readonly pid: number | undefined;
  /** Freezes it and its children (SIGSTOP): connections stay open, nothing answers. */
  pause(): void;
  resume(): void;
  /** Ends the process and waits until it is gone. Unlike `stop` it may be started again. */
  kill(signal?: 'SIGKILL' | 'SIGTERM' | 'SIGINT'): Promise<void>;
  /** Starts it again on the same port with the same data. Does nothing when it runs. Throws `ServerStartError`. */
  start(): Promise<void>;
  /** Ends it politely and starts it again. */
  restart(): Promise<void>;
  /** Ends it for good: politely, then after a bound by force; releases the state directory. May be called twice. */
  stop(): Promise<void>;
}

/** A server that would not start; the message carries the last lines of its log. */
export class ServerStartError extends Error {
  override readonly name = 'ServerStartError';
}

/** No rung of the ladder gave a usable program; the message says what to type. */
export class ServerMissingError extends Error {
  override readonly name = 'ServerMissingError';
}

/** The state directory belongs to another process that is alive. */
export class StateInUseError extends Error {
  override readonly name = 'StateInUseError';
}
