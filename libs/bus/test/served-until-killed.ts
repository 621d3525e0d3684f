// Run by the specs as a process of its own: serves work that never ends, beats, and stays until it is killed.
import { createLogger } from '@skein/telemetry';
import { connectBus } from '../src/index.js';
import { Work } from './mesh.js';

const [url = '', instance = ''] = process.argv.slice(2);
const bus = await connectBus({
  url,
  instance,
  rooms: ['doomed'],
  local: 'never',
  logger: createLogger('doomed', 'silent'),
});
bus.serve('doomed', Work, () => new Promise(() => undefined));
bus.announceVendor({ vendor: 'openai', mode: 'sandbox', concurrency: 1 });
