// The sandbox as a process: `node main.js --port 4010 --host 127.0.0.1 --knobs latency=50`. Prints one JSON line when ready.
import { parseArgs } from 'node:util';
import { parseKnobs } from './knobs.js';
import { startSandbox } from './sandbox.js';

const { values } = parseArgs({
  options: { port: { type: 'string' }, host: { type: 'string' }, knobs: { type: 'string' } },
});
const sandbox = await startSandbox({
  port: values.port === undefined ? 0 : Number(values.port),
  host: values.host,
  knobs: values.knobs === undefined ? undefined : parseKnobs(values.knobs),
});
process.stdout.write(`${JSON.stringify({ url: sandbox.url })}\n`);

const stop = (): void => void sandbox.stop();
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
// Started with a channel to its parent, it does not outlive it.
process.once('disconnect', stop);
process.channel?.unref();
