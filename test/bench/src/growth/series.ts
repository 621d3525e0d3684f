/** What grows: meshes that differ in one number, and what is read of each. */
import { plain, slow, type Cell } from '../cells.ts';
import { LOAD_CORE, SUBJECT_CORE } from '../pinning.ts';
import { skeinInGroups, skeinInOne } from '../skein-targets.ts';
import { cpuOfVisit } from '../summary.ts';
import type { Target } from '../target.ts';
import type { Visit } from '../whole.ts';

export interface Series {
  readonly of: string;
  readonly figure: string;
  readonly cellOf: (size: number) => Cell;
  readonly read: (visit: Visit) => number;
  /** The cores of what is measured. */
  readonly cores: readonly number[];
  readonly sizes: readonly { readonly size: number; readonly target: Target }[];
  /** Requests are shared by so many processes on one core that each takes minutes to be compiled. */
  readonly warmsSlowly?: boolean;
}

const WORKER_IN_FLIGHT = 8;
const BASE = 10;

const workers = [1, 2, 4].map((size) => ({
  size,
  target: skeinInGroups(
    `workers-${size}`,
    `three processes with ${size} workers`,
    ['billing+records+health', 'orchestrator+cache+classifier+router', `${size}*worker`, 'gateway'],
    { settings: { OPENAI_CONCURRENCY: String(WORKER_IN_FLIGHT) } },
  ),
}));

const routers = [1, 2, 4].map((size) => ({
  size,
  target: skeinInGroups(`routers-${size}`, `routers apart, ${size} of them`, [
    'billing+records+health',
    'orchestrator+cache+classifier',
    `${size}*router`,
    'worker',
    'gateway',
  ]),
}));

const rooms = ['billing', 'records', 'health', 'cache', 'classifier', 'router', 'orchestrator', 'worker', 'gateway'];
const ofEach = [1, 2].map((size) => ({
  size,
  target: skeinInGroups(
    `each-${size}`,
    `${size} of each room`,
    rooms.map((room) => `${size}*${room}`),
  ),
}));

/** All models are in the one list that decides: the worst there is. They are made like one of the release's. */
function policyOf(models: number): string {
  const added = Array.from({ length: models }, (_, no) => ({ id: `openai/bench-${no}`, like: 'openai/gpt-4.1-mini' }));
  return JSON.stringify({
    name: `${models} models`,
    catalog: { models: added },
    default: added.map(({ id }) => id),
  });
}

const base = skeinInOne('base', 'one process, ten models, ten keys', { keys: BASE, policy: policyOf(BASE) });
const models = [100, 1_000].map((size) => ({
  size,
  target: skeinInOne(`models-${size}`, `${size} models`, { keys: BASE, policy: policyOf(size) }),
}));
const keys = [1_000, 10_000].map((size) => ({
  size,
  target: skeinInOne(`keys-${size}`, `${size} keys`, { keys: size, policy: policyOf(BASE) }),
}));

const subject = [SUBJECT_CORE];
const cpu = { figure: 'CPU µs a request', cellOf: () => plain(16), read: cpuOfVisit, cores: subject } as const;

/** Series of a group are measured side by side: their meshes are up at once. */
export const seriesGroups: readonly (readonly Series[])[] = [
  [
    {
      of: 'workers',
      figure: `answers/s with ${WORKER_IN_FLIGHT} in flight each at a vendor of 50 ms`,
      cellOf: () => slow(64),
      read: ({ answersPerSecond }) => answersPerSecond,
      cores: [SUBJECT_CORE, LOAD_CORE],
      sizes: workers,
    },
  ],
  [{ ...cpu, of: 'routers', sizes: routers }],
  [
    { ...cpu, of: 'of each room', cellOf: () => plain(64), sizes: ofEach, warmsSlowly: true },
    {
      ...cpu,
      of: 'of each room and of the load',
      cellOf: (size) => plain(64 * size),
      sizes: ofEach,
      warmsSlowly: true,
    },
  ],
  [
    { ...cpu, of: 'models', sizes: [{ size: BASE, target: base }, ...models] },
    { ...cpu, of: 'keys', sizes: [{ size: BASE, target: base }, ...keys] },
  ],
];
