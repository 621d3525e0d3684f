import { setting } from '@skein/config';
import { z } from 'zod';

export const orchestratorSettings = {
  ORCHESTRATOR_QUEUE_WAIT_MS: setting(
    z.coerce.number().int().nonnegative().default(10_000),
    'How long a request may wait for a free worker when no other candidate is left',
  ),
  ORCHESTRATOR_ROOM_WAIT_MS: setting(
    z.coerce.number().int().nonnegative().default(10_000),
    'How long a router that is away, such as one that has just died, is waited for; half of a shorter deadline at most',
  ),
  ORCHESTRATOR_MAX_WAITING: setting(
    z.coerce.number().int().nonnegative().default(5_000),
    'Requests that may wait for a free worker at once, per vendor; more are refused with retry-after',
  ),
};
