import { boot } from '@skein/boot';
import { googleRoom } from './index.js';

await boot([googleRoom()]);
