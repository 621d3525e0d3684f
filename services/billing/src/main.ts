import { boot } from '@skein/boot';
import { billingRoom } from './index.js';

await boot([billingRoom]);
