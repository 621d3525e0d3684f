import { boot } from '@skein/boot';
import { orchestratorRoom } from './index.js';

await boot([orchestratorRoom]);
