import { boot } from '@skein/boot';
import { routerRoom } from './index.js';

await boot([routerRoom]);
