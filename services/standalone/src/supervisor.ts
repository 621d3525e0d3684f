import { createInterface } from 'node:readline';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ServerStop, explainStartFailure } from '@skein/boot';
import { processEnvironment } from '@skein/config';
import { request } from 'undici';
import { SupervisedProcess } from './child-process.js';
import { checkoutRoot, openLocalProfile, writeMeshFile, type LocalProfile } from './local-profile.js';
import { meshVendors, roomProcesses, withoutVendorKeys, workerProcesses } from './mesh-processes.js';
import { readyBlock } from './ready-block.js';
import { waitUntilReady } from './wait-until-ready.js';

/**
 * `npm run start:mesh`: every room and every vendor's worker in a process of its own, over NATS alone. A process that dies
 * is started again at once. On Ctrl-C the doors close first, then the rooms behind them, then the backing servers.
 */
const STOP_BOUND_MS = 30_000;
const closes: (() => Promise<void> | void)[] = [];
const say = (line: string) => void process.stdout.write(`${line}\n`);

new ServerStop(closeAll).listen();
try {
  await startMesh();
} catch (error) {
  process.stderr.write(`${explainStartFailure(error)}\n`);
  await closeAll();
  process.exit(1);
}

async function startMesh(): Promise<void> {
  const startedAt = performance.now();
  const profile = await openLocalProfile(processEnvironment(), say);
  closes.push(() => profile.servers.stop());
  const sandboxUrl = profile.vendors.sandboxed.length > 0 ? await startSandboxProcess(profile) : null;

  const roomSpecs = roomProcesses(profile);
  const isDoor = (name: string) => name === 'gateway' || name === 'jobs' || name === 'workflows';
  const behind = [...roomSpecs.values()].filter(({ name }) => !isDoor(name));
  const doors = [...roomSpecs.values()].filter(({ name }) => isDoor(name));
  for (const tier of [behind, workerProcesses(profile, sandboxUrl), doors]) {
    const processes = tier.map((spec) => new SupervisedProcess(spec, say));
    closes.push(async () => {
      await Promise.all(processes.map((process) => process.stop(STOP_BOUND_MS)));
    });
    for (const process of processes) process.start();
  }
  closes.push(writeMeshFile(profile, sandboxUrl));
  await waitUntilReady(() => missingAt(profile));
  const shown = {
    ...profile,
    vendors: { ...profile.vendors, sandboxed: profile.vendors.live.length > 0 ? [] : meshVendors(profile) },
  };
  say(readyBlock(shown, (performance.now() - startedAt) / 1000));
}

async function missingAt(profile: LocalProfile): Promise<readonly string[]> {
  try {
    const { body } = await request(`${profile.http}/readyz`);
    const { missing } = (await body.json()) as { missing: string[] };
    return missing;
  } catch {
    return ['gateway'];
  }
}

/** The sandbox stands in for vendors on the other side of the network, so it is a process too. */
async function startSandboxProcess(profile: LocalProfile): Promise<string> {
  const child = spawn(process.execPath, [join(checkoutRoot, 'services/sandbox/dist/src/main.js')], {
    env: { ...withoutVendorKeys(profile.environment) },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    detached: true,
  });
  closes.push(async () => {
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    if (child.exitCode === null && child.kill('SIGTERM')) await ended;
  });
  for await (const line of child.stdout === null ? [] : createInterface({ input: child.stdout })) {
    return (JSON.parse(line) as { url: string }).url;
  }
  throw new Error('The sandbox did not start');
}

async function closeAll(): Promise<void> {
  for (const close of closes.splice(0).reverse()) await close();
}
