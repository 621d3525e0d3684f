import { boot } from '@skein/boot';
import { gatewayRoom } from './index.js';

await boot([gatewayRoom]);
