import { secretSetting, setting } from '@skein/config';
import { z } from 'zod';

/** What every process of the mesh reads, whatever rooms it holds. */
export const meshSettings = {
  NATS_URL: secretSetting(
    z.string({ error: 'is required' }),
    'The NATS server of the mesh, with the credentials of its account',
  ),
  BUS_LOCAL: setting(
    z.enum(['prefer', 'verify', 'never']).default('prefer'),
    'How rooms of one process call one another: directly, directly with every check, or over NATS',
  ),
  LOG_LEVEL: setting(
    z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
    'Least level that is logged',
  ),
  OPS_PORT: setting(
    z.coerce.number().int().positive().optional(),
    'Port for /healthz, /readyz and /metrics of this process',
  ),
  OPS_HOST: setting(z.string().default('127.0.0.1'), 'Address on which OPS_PORT listens'),
  SHUTDOWN_GRACE_MS: setting(
    z.coerce.number().int().nonnegative().default(20_000),
    'How long requests under way may take to finish when the process is told to stop',
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: setting(
    z.string().optional(),
    'Base URL of an OTLP/HTTP receiver; without it nothing is exported',
  ),
  OTEL_EXPORTER_OTLP_HEADERS: secretSetting(
    z.string().optional(),
    'Headers of exports, as key=value pairs with commas between',
  ),
  OTEL_TRACES_SAMPLER_ARG: setting(z.coerce.number().min(0).max(1).default(1), 'Share of traces that is recorded, 0–1'),
};

/** Reads `a=1,b=2` as OTEL_EXPORTER_OTLP_HEADERS has it. */
export function parseOtlpHeaders(text: string | undefined): Record<string, string> {
  const pairs = (text ?? '').split(',').map((pair) => pair.split('='));
  return Object.fromEntries(pairs.flatMap(([name, ...value]) => (name ? [[name.trim(), value.join('=').trim()]] : [])));
}
