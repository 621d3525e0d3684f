import { z } from 'zod';
import { secretSetting, setting } from '@skein/config';

const WEEK_SECONDS = 7 * 24 * 3600;
const MEBIBYTE = 1024 * 1024;

export const cacheSettings = {
  REDIS_URL: secretSetting(
    z.string().min(1),
    'Redis, as redis://:password@host:port; while it is away nothing is found.',
  ),
  CACHE_TTL_SECONDS: setting(
    z.coerce.number().int().positive().default(WEEK_SECONDS),
    'How long an exact answer is kept, in seconds.',
  ),
  CACHE_MAX_ANSWER_BYTES: setting(
    z.coerce.number().int().positive().default(MEBIBYTE),
    'Answers longer than this are not kept, in bytes.',
  ),
};
