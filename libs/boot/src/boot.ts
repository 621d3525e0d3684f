import { processEnvironment, SettingsError, type Environment } from '@skein/config';
import { ServerStop } from './server-stop.js';
import type { RoomDefinition } from './room.js';
import { startRooms } from './start-rooms.js';

/**
 * The one way to start a service: `main.ts` is `await boot([room])` and nothing else. Starts the rooms, waits for SIGTERM
 * or SIGINT, drains, and exits 0. What cannot start says why, on one screen, and exits 1. A second signal exits at once.
 */
export async function boot(
  rooms: readonly RoomDefinition[],
  environment: Environment = processEnvironment(),
): Promise<void> {
  try {
    const running = await startRooms(
      rooms.map((room) => ({ room })),
      environment,
    );
    const stop = new ServerStop(() => running.stop());
    stop.listen();
    stop.followParent();
  } catch (error) {
    process.stderr.write(`${explainStartFailure(error)}\n`);
    process.exit(1);
  }
}

/** What to print when a process cannot start: the configuration's problems as they are, a stack for everything else. */
export function explainStartFailure(error: unknown): string {
  if (error instanceof SettingsError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
