import { secretSetting, type SettingsOf } from '@skein/config';
import { z } from 'zod';

export const recordsSettings = {
  DATABASE_URL: secretSetting(z.string().min(1), 'PostgreSQL, as postgres://user:password@host:port/database'),
};
export type RecordsSettings = SettingsOf<typeof recordsSettings>;
