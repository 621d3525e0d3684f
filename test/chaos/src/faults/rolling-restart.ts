// Every room is restarted under load, as a new version is rolled out: a second process first, then the old one drains.
import { eventually, freePort, type Mesh } from '@skein/testkit';
import { signal, untilWell } from '../stage.js';
import { Twin } from '../twin.js';
import type { Fault } from './fault.js';

/** Folder of the process and name it answers to on the bus. */
const rooms = [
  ['billing', 'billing'],
  ['records', 'records'],
  ['health', 'health'],
  ['cache', 'cache'],
  ['classifier', 'classifier'],
  ['router', 'router'],
  ['provider-workers/openai', 'provider-openai'],
  ['orchestrator', 'orchestrator'],
  ['jobs', 'jobs'],
  ['workflows', 'workflows'],
] as const;

let secondDoor: Twin | undefined;

export const rollingRestart: Fault = {
  name: 'rolling restart of every room',
  lastsMs: 0,
  failsNothing: true,
  prepare: async ({ mesh }) => {
    const port = await freePort();
    secondDoor = new Twin(await pidOf(mesh, 'gateway'), { GATEWAY_PORT: String(port) });
    await until(async () => (await mesh.serversOf('gateway')) === 2, 'a second gateway');
    return { doors: [mesh.url, `http://127.0.0.1:${port}`] };
  },
  strike: async ({ mesh }) => {
    for (const [folder, name] of rooms) {
      const before = (await mesh.pidsOf(folder)).length;
      const twin = new Twin(await pidOf(mesh, folder));
      await until(async () => (await mesh.serversOf(name)) > before, `a second ${name}`);
      await restart(mesh, folder, name, before);
      await twin.stop();
    }
    await restart(mesh, 'gateway', 'gateway', 1);
    // It is on the bus before its door is open.
    await untilWell(mesh);
  },
  heal: async () => secondDoor?.stop(),
};

/** Lets the mesh's own process drain; the supervisor starts the next one. */
async function restart(mesh: Mesh, folder: string, name: string, before: number): Promise<void> {
  const old = await pidOf(mesh, folder);
  signal(old, 'SIGTERM');
  await until(async () => (await mesh.pidsOf(folder)).some((pid) => pid !== old), `the next ${name}`);
  await until(async () => !(await mesh.pidsOf(folder)).includes(old), `the end of the old ${name}`);
  await until(async () => (await mesh.serversOf(name)) > before, `the new ${name}`);
}

async function pidOf(mesh: Mesh, folder: string): Promise<number> {
  const [pid] = await mesh.pidsOf(folder);
  if (pid === undefined) throw new Error(`no process of ${folder} runs`);
  return pid;
}

function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  return eventually(
    async () => {
      if (!(await isSo())) throw new Error(`waiting for ${what}`);
    },
    { withinMs: 60_000 },
  );
}
