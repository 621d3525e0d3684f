import { boot } from '@skein/boot';
import { workflowsRoom } from './index.js';

await boot([workflowsRoom]);
