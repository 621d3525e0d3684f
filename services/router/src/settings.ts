import { z } from 'zod';
import { setting } from '@skein/config';

export const routerSettings = {
  SKEIN_POLICY: setting(
    z.string().optional(),
    'Path of the routing policy (YAML); read again when it changes. Without it the built-in starter policy applies.',
  ),
  SANDBOX: setting(
    z.enum(['auto', 'on', 'off']).default('auto'),
    'Whether sandboxed vendors answer by name while a vendor is live: only with "on".',
  ),
};
