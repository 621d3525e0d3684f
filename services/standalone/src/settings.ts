import { secretSetting, setting } from '@skein/config';
import { z } from 'zod';

/** What the local profile (`npm start`, `npm run start:mesh`) reads beside the settings of its rooms. */
export const localSettings = {
  SKEIN_STATE_DIR: setting(
    z.string().optional(),
    'Where the local profile keeps its state; default .skein in the checkout',
  ),
  NATS_URL: secretSetting(z.string().optional(), 'A NATS server to use instead of a private one'),
  REDIS_URL: secretSetting(z.string().optional(), 'A Redis to use instead of a private one'),
  DATABASE_URL: secretSetting(z.string().optional(), 'A PostgreSQL database to use instead of a private one'),
  SANDBOX: setting(
    z.enum(['auto', 'on', 'off']).default('auto'),
    'Stand-ins for vendors without a key: auto (while no vendor has one), on (always), off (never)',
  ),
  GATEWAY_PORT: setting(z.coerce.number().int().nonnegative().default(4000), 'Port of the HTTP door'),
  GATEWAY_HOST: setting(z.string().default('127.0.0.1'), 'Address of the HTTP door'),
  SKEIN_CONFIG: setting(z.string().optional(), 'YAML file of tenants, keys and limits'),
  LOG_LEVEL: setting(
    z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('warn'),
    'Least level that is logged',
  ),
};
