// Processes of our own that die without a word. The supervisor starts them again.
import { killRoom } from '../stage.js';
import type { Fault } from './fault.js';

const rooms = [
  'orchestrator',
  'router',
  'classifier',
  'cache',
  'health',
  'billing',
  'records',
  'jobs',
  'workflows',
  'provider-workers/openai',
  'gateway',
] as const;

const nothing = async (): Promise<void> => undefined;

export const roomFaults: readonly Fault[] = [
  ...rooms.map((room) => killed(room)),
  killed('orchestrator', 'provider-workers/openai'),
  killed('jobs', 'billing'),
];

function killed(...which: readonly string[]): Fault {
  return {
    name: `kill -9 ${which.map((room) => room.replace('provider-workers/', 'worker ')).join(' and ')}`,
    strike: async ({ mesh }) => {
      const counts = await Promise.all(which.map((room) => killRoom(mesh, room)));
      if (counts.includes(0)) throw new Error(`no process of ${which.join(' or ')} was found`);
    },
    heal: nothing,
  };
}
