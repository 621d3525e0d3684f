import { boot } from '@skein/boot';
import { vertexRoom } from './index.js';

await boot([vertexRoom()]);
