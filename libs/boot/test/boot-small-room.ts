// Run by the specs as a process of its own: a service as every main.ts starts one.
import { boot } from '../src/index.js';
import { smallRoom } from './small-room.js';

await boot([smallRoom]);
