// The clock of one host leaps an hour ahead of all others, and back. The host is a second orchestrator under libfaketime,
// which reads what time it is to be from a file; half of the requests are its own.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@skein/testkit';
import type { Stage } from '../stage.js';
import { Twin } from '../twin.js';
import type { Fault } from './fault.js';

const LIBRARY = 'faketime/libfaketimeMT.so.1';
const ROOM = 'orchestrator';
/** The library looks at its file again after so many seconds. */
const LOOKS_EVERY_S = '1';

let twin: Twin | undefined;

export const clockJump: Fault = {
  name: 'clock of an orchestrator jumps by +1 h',
  prepare: async (stage) => {
    const library = findLibrary();
    if (library === undefined) return { obstacle: `needs libfaketime (lib*/${LIBRARY}; Debian: faketime)` };
    const [pid] = await stage.mesh.pidsOf(ROOM);
    if (pid === undefined) throw new Error(`no process of ${ROOM} runs`);
    setClock(stage, '+0');
    twin = new Twin(pid, {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: clockOf(stage),
      FAKETIME_CACHE_DURATION: LOOKS_EVERY_S,
      // A clock that is set anew does not touch the one that only ever counts on.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    });
    await eventually(
      async () => {
        if ((await stage.mesh.serversOf(ROOM)) < 2) throw new Error(`waiting for a second ${ROOM}`);
      },
      { withinMs: 60_000 },
    );
    return {};
  },
  strike: async (stage) => setClock(stage, '+1h'),
  heal: async (stage) => {
    setClock(stage, '+0');
    await twin?.stop();
  },
};

const clockOf = ({ stateDir }: Stage): string => join(stateDir, 'clock');
const setClock = (stage: Stage, offset: string): void => writeFileSync(clockOf(stage), `${offset}\n`);

/** Where Linux distributions put it: beside the other libraries, of this machine's kind first. */
function findLibrary(): string | undefined {
  const roots = ['/usr/lib', '/usr/lib64', '/usr/local/lib'].filter(existsSync);
  const folders = roots.flatMap((root) => [root, ...readdirSync(root).map((name) => join(root, name))]);
  return folders.map((folder) => join(folder, LIBRARY)).find(existsSync);
}
