import { boot } from '@skein/boot';
import { cohereRoom } from './index.js';

await boot([cohereRoom()]);
