// A random room is killed every second, for a while, under many streams and jobs.
import { setTimeout as pause } from 'node:timers/promises';
import { killRoom } from '../stage.js';
import type { Fault } from './fault.js';

const victims = [
  'orchestrator',
  'router',
  'classifier',
  'cache',
  'health',
  'billing',
  'records',
  'jobs',
  'workflows',
  'gateway',
  'provider-workers/openai',
  'provider-workers/anthropic',
  'provider-workers/openai-compatible',
];
const BETWEEN_MS = 1_000;
const JOBS = 500;

export function storm(seconds: number): Fault {
  return {
    name: `kill -9 of a random room every second for ${seconds} s`,
    lastsMs: 0,
    load: { plain: 0, streams: 50, jobsPerSecond: Math.max(1, JOBS / seconds) },
    strike: async ({ mesh }) => {
      for (let second = 0; second < seconds; second += 1) {
        const victim = victims[Math.floor(Math.random() * victims.length)] ?? 'orchestrator';
        await killRoom(mesh, victim);
        await pause(BETWEEN_MS);
      }
    },
    heal: async () => undefined,
  };
}
