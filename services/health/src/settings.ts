import { setting } from '@skein/config';
import { z } from 'zod';

export const healthSettings = {
  HEALTH_PROBE_EVERY_MS: setting(
    z.coerce.number().int().nonnegative().default(60_000),
    'How often each vendor is asked whether it is there, by a call that costs no tokens; 0: never',
  ),
  HEALTH_PROBE_SLOW_MS: setting(
    z.coerce.number().positive().default(500),
    'A probe that takes longer counts like one that failed',
  ),
  HEALTH_CONSECUTIVE_ERRORS: setting(
    z.coerce.number().int().positive().default(3),
    'Errors in a row that open a circuit',
  ),
  HEALTH_ERROR_RATE: setting(
    z.coerce.number().min(0).max(1).default(0.05),
    'Share of errors in five minutes above which a circuit opens',
  ),
};
