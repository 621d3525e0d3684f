import { boot } from '@skein/boot';
import { jobsRoom } from './index.js';

await boot([jobsRoom]);
