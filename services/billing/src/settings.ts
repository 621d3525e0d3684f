import { secretSetting, setting, type SettingsOf } from '@skein/config';
import { z } from 'zod';

export const billingSettings = {
  DATABASE_URL: secretSetting(z.string().min(1), 'PostgreSQL, as postgres://user:password@host:port/database'),
  SKEIN_CONFIG: setting(
    z.string().optional(),
    'YAML file with tenants, keys and limits; read again whenever it changes (see example.skein-config.yaml)',
  ),
  DEV_KEY: secretSetting(
    z.string().min(8).optional(),
    'Key of the local profile, in the clear; never set it anywhere else',
  ),
};
export type BillingSettings = SettingsOf<typeof billingSettings>;
