import { boot } from '@skein/boot';
import { healthRoom } from './index.js';

await boot([healthRoom]);
