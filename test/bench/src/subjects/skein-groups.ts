/**
 * Skein in a choice of processes: each argument is a group of rooms that share one (`orchestrator+cache`), or `worker`, the
 * vendor's; `2*worker` is two of them. Gateways listen on GATEWAY_PORTS, one each. Brings up its own servers, and ends its
 * children when it is told to end.
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
const rooms = join(checkout, 'services/standalone/dist/src/main.js');
const worker = join(checkout, 'services/provider-workers/openai/dist/src/main.js');
const ports = (given['GATEWAY_PORTS'] ?? '').split(',');

const children = process.argv.slice(2).flatMap((group) => {
  const [, count = '1', names = ''] = /^(?:(\d+)\*)?(.+)$/.exec(group) ?? [];
  const command = names === 'worker' ? [worker] : [rooms, ...names.split('+')];
  return Array.from({ length: Number(count) }, () => {
    const port = names.includes('gateway') ? { GATEWAY_PORT: ports.shift() } : {};
    return spawn(process.execPath, command, {
      env: { ...environment, ...port },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  });
});
stopWithChildren(children, () => servers.stop());
