import { ServerStop, boot, explainStartFailure, startRooms, type RoomPlacement } from '@skein/boot';
import { processEnvironment } from '@skein/config';
import { startSandbox } from '@skein/sandbox';
import { openLocalProfile, writeMeshFile } from './local-profile.js';
import { readyBlock } from './ready-block.js';
import { isRoomName, roomNames, rooms, workerRoom } from './rooms.js';
import { waitUntilReady } from './wait-until-ready.js';

/** With room names: those rooms, in this process, on servers that are given. Without: the whole local profile. */
const named = process.argv.slice(2);
if (named.length > 0) await serve(named);
else await startEverything();

async function serve(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !isRoomName(name));
  if (unknown.length > 0) {
    process.stderr.write(`There is no room ${unknown.join(', ')}; the rooms are ${roomNames.join(', ')}\n`);
    process.exit(1);
  }
  await boot(names.filter(isRoomName).map((name) => rooms[name]));
}

async function startEverything(): Promise<void> {
  const startedAt = performance.now();
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  const closes: (() => Promise<void> | void)[] = [];
  const closeAll = async () => {
    for (const close of closes.splice(0).reverse()) await close();
  };
  const stop = new ServerStop(closeAll);
  stop.listen();
  try {
    const profile = await openLocalProfile(processEnvironment(), say);
    closes.push(() => profile.servers.stop());
    const sandbox = profile.vendors.sandboxed.length > 0 ? await startSandbox() : null;
    if (sandbox !== null) closes.push(() => sandbox.stop());
    const placements: RoomPlacement[] = roomNames.map((name) => ({ room: rooms[name] }));
    const workers: RoomPlacement[] = [
      ...profile.vendors.live.map((vendor) => ({ room: workerRoom(vendor) })),
      ...profile.vendors.sandboxed.map((vendor) => ({
        room: workerRoom(vendor),
        environment: { SANDBOX_URL: sandbox?.url },
      })),
    ];
    // The doors open last.
    const running = await startRooms(
      [...placements.slice(0, -1), ...workers, ...placements.slice(-1)],
      profile.environment,
    );
    closes.push(() => running.stop());
    closes.push(writeMeshFile(profile, sandbox?.url ?? null));
    await waitUntilReady(() => running.readiness.missing());
    say(readyBlock(profile, (performance.now() - startedAt) / 1000));
  } catch (error) {
    process.stderr.write(`${explainStartFailure(error)}\n`);
    await closeAll();
    process.exit(1);
  }
}
