/**
 * The life of a job as a total table: every (status, event) pair has a row and there is no default. `null`: the event
 * changes nothing there, as when a run ends whose job was cancelled meanwhile. The repository moves rows by this table alone.
 */
import { jobStatuses, type JobStatus } from '@skein/contracts/jobs';

export const jobEvents = [
  'release',
  'take',
  'succeed',
  'fail',
  'retry',
  'lose',
  'cancel',
  'expire',
  'redrive',
] as const;
/**
 * `release`: its time has come · `take`: a runner begins a run · `retry`: the run failed, another one is due later ·
 * `lose`: its runner is gone · `expire`: its deadline is over · `redrive`: its
 * owner sends a dead letter round again.
 */
export type JobEvent = (typeof jobEvents)[number];

const waiting = {
  take: 'running',
  succeed: null,
  fail: null,
  retry: null,
  lose: null,
  cancel: 'cancelled',
  expire: 'expired',
  redrive: null,
} as const;
const ended = {
  release: null,
  take: null,
  succeed: null,
  fail: null,
  retry: null,
  lose: null,
  cancel: null,
  expire: null,
  redrive: null,
} as const;
const dead = { ...ended, redrive: 'queued' } as const;

export const jobTable = {
  queued: { ...waiting, release: null },
  scheduled: { ...waiting, release: 'queued' },
  running: {
    release: null,
    // Someone holds it: first it is lost, then it may be taken again.
    take: null,
    succeed: 'succeeded',
    fail: 'failed',
    retry: 'scheduled',
    lose: 'queued',
    cancel: 'cancelled',
    expire: 'expired',
    redrive: null,
  },
  succeeded: ended,
  failed: dead,
  cancelled: dead,
  expired: dead,
} as const satisfies Record<JobStatus, Record<JobEvent, JobStatus | null>>;

/** Where the event takes a job of this status; null where it changes nothing. */
export function nextStatus(status: JobStatus, event: JobEvent): JobStatus | null {
  return jobTable[status][event];
}

/** Has the job come to an end, which only its owner can undo? */
export function hasEnded(status: JobStatus): boolean {
  return jobEvents.every((event) => event === 'redrive' || jobTable[status][event] === null);
}

/** The statuses an event moves a job out of, and the one status it moves it to. */
export function moveOf(event: JobEvent): { readonly from: readonly JobStatus[]; readonly to: JobStatus } {
  const from = jobStatuses.filter((status) => jobTable[status][event] !== null);
  const to = from.map((status) => jobTable[status][event])[0];
  if (to === undefined || to === null) throw new RangeError(`the event "${event}" moves no job`);
  return { from, to };
}
