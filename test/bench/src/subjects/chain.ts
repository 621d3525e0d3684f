/** The bare chain: a nats-server, a door and a worker. Ends its children when it is told to end. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { processEnvironment } from '@skein/config';
import { launchNats } from '@skein/servers';
import { stopWithChildren } from './stop-with-children.ts';

const nats = await launchNats({ ephemeral: true });
const environment = { ...processEnvironment(), NATS_URL: nats.meshUrl };
const children = ['chain-worker.ts', 'chain-door.ts'].map((script) =>
  spawn(process.execPath, [fileURLToPath(new URL(script, import.meta.url))], { env: environment, stdio: 'inherit' }),
);
stopWithChildren(children, () => nats.stop());
