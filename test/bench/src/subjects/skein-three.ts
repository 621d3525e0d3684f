/**
 * Skein in its natural grouping: the walk in three processes (gateway; orchestrator with cache, classifier and router; the
 * vendor's worker), and what follows the answer (billing, records, health) in a fourth, as a larger mesh would have it.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { processEnvironment } from '@skein/config';
import { launchServers } from '@skein/servers';
import { checkout } from '../checkout.ts';
import { stopWithChildren } from './stop-with-children.ts';

const given = processEnvironment();
const servers = await launchServers({
  stateDir: given['SKEIN_STATE_DIR'] ?? '',
  natsAuth: { customerPassword: 'bench' },
});
const environment = {
  ...given,
  NATS_URL: servers.nats.meshUrl,
  REDIS_URL: servers.redisUrl,
  DATABASE_URL: servers.databaseUrl,
};
const serve = join(checkout, 'services/standalone/dist/src/main.js');
const groups = [
  [serve, 'billing', 'records', 'health'],
  [serve, 'orchestrator', 'cache', 'classifier', 'router'],
  [join(checkout, 'services/provider-workers/openai/dist/src/main.js')],
  [serve, 'gateway'],
];
const children = groups.map((command) =>
  spawn(process.execPath, command, { env: environment, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
);
stopWithChildren(children, () => servers.stop());
