import type { Logger } from './logger.js';

/** The one structured line of a finished request. Field names are what operators search for; keep them. */
export interface RequestLogLine {
  readonly request_id: string;
  readonly trace_id: string | null;
  readonly status: 'succeeded' | 'failed' | 'cancelled';
  /** What answered, as `vendor/model`; what was asked for when nothing did. */
  readonly model: string;
  readonly vendor: string | null;
  /** Null when nobody knows. */
  readonly tokens_input: number | null;
  readonly tokens_output: number | null;
  readonly latency_ms: number;
  readonly first_token_ms: number | null;
  /** Decimal string of USD; null when the price is unknown. */
  readonly cost_usd: string | null;
  readonly tenant: string;
  readonly user_id: string | null;
  readonly task_type: string | null;
  readonly cache: 'hit' | 'miss' | 'off';
  readonly attempts: number;
  readonly error_code: string | null;
}

type Level = 'debug' | 'info' | 'warn' | 'error';

/** Writes the line of a finished request. `level` is the error table's for failures. */
export function logRequest(logger: Logger, line: RequestLogLine, level: Level = 'info'): void {
  logger[level](line, 'request');
}
