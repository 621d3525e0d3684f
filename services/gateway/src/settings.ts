import { secretSetting, setting } from '@skein/config';
import { z } from 'zod';

export const gatewaySettings = {
  GATEWAY_PORT: setting(z.coerce.number().int().nonnegative().default(4000), 'Port of the HTTP door'),
  GATEWAY_HOST: setting(
    z.string().default('127.0.0.1'),
    'Address of the HTTP door; the local profile stays on loopback',
  ),
  GATEWAY_BODY_LIMIT_BYTES: setting(
    z.coerce
      .number()
      .int()
      .positive()
      .default(32 * 1024 * 1024),
    'Largest request body; larger ones are a 413',
  ),
  REDIS_URL: secretSetting(z.string({ error: 'is required' }), 'Redis of the limits'),
  LIMITS_ON_STORE_DOWN: setting(
    z.enum(['open', 'closed']).default('open'),
    'While Redis is away: let limited requests through, or refuse them',
  ),
};
