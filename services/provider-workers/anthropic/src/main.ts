import { boot } from '@skein/boot';
import { anthropicRoom } from './index.js';

await boot([anthropicRoom()]);
