import { boot } from '@skein/boot';
import { processEnvironment } from '@skein/config';
import { roomOfEnvironment } from './index.js';

await boot([roomOfEnvironment(processEnvironment())]);
