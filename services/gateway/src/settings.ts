import { secretSetting, setting } from '@skein/config';
import { readStoreDown } from '@skein/limits';
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
  GATEWAY_MAX_IN_FLIGHT: setting(
    z.coerce.number().int().positive().default(5_000),
    'Requests one gateway has under way at once; more wait, by priority and tenant',
  ),
  GATEWAY_MAX_WAITING: setting(
    z.coerce.number().int().nonnegative().default(2_000),
    'Requests that wait at the door; more are a 429 with the time to come again',
  ),
  GATEWAY_MAX_WAIT_MS: setting(z.coerce.number().int().positive().default(5_000), 'The longest a request waits there'),
  GATEWAY_MAX_BODY_BYTES_HELD: setting(
    z.coerce
      .number()
      .int()
      .positive()
      .default(512 * 1024 * 1024),
    'Bytes of request bodies held at once',
  ),
  REDIS_URL: secretSetting(z.string({ error: 'is required' }), 'Redis of the limits'),
  LIMITS_ON_STORE_DOWN: setting(
    z
      .string()
      .default('open')
      .transform((text, context) => {
        const read = readStoreDown(text);
        if (read !== null) return read;
        context.addIssue({ code: 'custom', message: 'is open, closed or local_share, or limit=word for each' });
        return z.NEVER;
      }),
    'While Redis is away: let limited requests through, refuse them, or count a local share; for all limits, or limit=word,…',
  ),
};
