// Loaded into every process of a soak (`node --import`). V8 lets a heap grow for as long as there is room, and 20 minutes do
// not fill it: so each process tidies up now and then, and what still grows is what it holds on to.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const EVERY_MS = 30_000;

setFlagsFromString('--expose-gc');
const tidyUp = runInNewContext('gc') as () => void;
setInterval(tidyUp, EVERY_MS).unref();
