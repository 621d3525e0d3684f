import { boot } from '@skein/boot';
import { cacheRoom } from './index.js';

await boot([cacheRoom]);
