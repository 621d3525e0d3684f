import { boot } from '@skein/boot';
import { classifierRoom } from './index.js';

await boot([classifierRoom]);
