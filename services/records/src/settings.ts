import { secretSetting, setting, type SettingsOf } from '@skein/config';
import { z } from 'zod';

export const recordsSettings = {
  DATABASE_URL: secretSetting(z.string().min(1), 'PostgreSQL, as postgres://user:password@host:port/database'),
  RECORDS_RESPONSE_DAYS: setting(
    z.coerce.number().positive().default(30),
    'How long a stored response is kept, in days',
  ),
};
export type RecordsSettings = SettingsOf<typeof recordsSettings>;
