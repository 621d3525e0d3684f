import { defineRoom } from '@skein/boot';
import { CacheModule } from './cache.module.js';
import { cacheSettings } from './settings.js';

/** The room that keeps answers and plays them again. */
export const cacheRoom = defineRoom({ name: 'cache', settings: cacheSettings, module: CacheModule });
