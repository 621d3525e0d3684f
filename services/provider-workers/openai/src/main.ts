import { boot } from '@skein/boot';
import { openaiRoom } from './index.js';

await boot([openaiRoom()]);
