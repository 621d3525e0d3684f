import { boot } from '@skein/boot';
import { bedrockRoom } from './index.js';

await boot([bedrockRoom()]);
