import { boot } from '@skein/boot';
import { recordsRoom } from './index.js';

await boot([recordsRoom]);
