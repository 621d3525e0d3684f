// Loaded into every process of a soak (`node --import`). V8 lets a heap grow for as long as there is room, and 20 minutes do
// not fill it: so each process tidies up now and then, tells what it still holds, and what grows then is not yet lost.
import { appendFile } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { processEnvironment } from '@skein/config';
import { HELD_FILE } from './held-memory.js';

const EVERY_MS = 30_000;

setFlagsFromString('--expose-gc');
const tidyUp = runInNewContext('gc') as () => void;
const file = processEnvironment()[HELD_FILE];
setInterval(() => {
  tidyUp();
  const { heapUsed, external } = process.memoryUsage();
  if (file !== undefined) appendFile(file, `${process.pid} ${Date.now()} ${heapUsed + external}\n`, () => undefined);
}, EVERY_MS).unref();
