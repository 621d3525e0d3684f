/** Targets side by side: all are up at once, and each round visits every cell of every one, forwards and backwards in turn. */
import type { Cell, Effort } from './cells.ts';
import { runClosedLoop } from './load/closed-loop.ts';
import { LOAD_CORE, SUBJECT_CORE, moveAllToCore } from './pinning.ts';
import { coreUse, cpuOf, residentMb, type CpuUse } from './processes.ts';
import { faultOf } from './request.ts';
import type { RunningTarget } from './running-target.ts';

/** One visit to one cell of one target. */
export interface Visit {
  readonly target: string;
  readonly cell: string;
  readonly inFlight: number;
  readonly stream: boolean;
  readonly round: number;
  readonly answersPerSecond: number;
  readonly chunksPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly firstBodyP50Ms: number;
  readonly firstBodyP99Ms: number;
  /** CPU per answer over the target's own processes, and over its backing servers, µs. */
  readonly ownCpuUs: number;
  readonly serverCpuUs: number;
  readonly errors: number;
  readonly firstError: string | null;
  readonly little: number;
  readonly oldestUnansweredMs: number;
  /** Shares of the window: used by idle targets (on the load's core); taken of the subject's by strangers, by the host; load core. */
  readonly othersShare: number;
  readonly strangersShare: number;
  readonly stolenShare: number;
  readonly loadCoreShare: number;
}

export interface TargetFigures {
  readonly target: string;
  readonly startMs: number;
  readonly processes: number;
  readonly servers: number;
  readonly idleMb: { readonly own: number; readonly servers: number };
  readonly endMb: { readonly own: number; readonly servers: number };
}

export async function measureWhole(
  running: readonly RunningTarget[],
  effort: Effort,
  say: (line: string) => void,
): Promise<{ readonly visits: readonly Visit[]; readonly targets: readonly TargetFigures[] }> {
  const idle = new Map(running.map((one) => [one, residentMb(one.members())]));
  for (const one of running) await settle(one, [false, true], effort.settleMs);
  const visits: Visit[] = [];
  for (let round = 0; round < effort.rounds; round += 1) {
    const order = round % 2 === 0 ? running : [...running].reverse();
    for (const cell of effort.cells) {
      for (const one of order) {
        visits.push(await visit(one, running, cell, { ...effort, cores: [SUBJECT_CORE], round }));
      }
    }
    say(`round ${round + 1} of ${effort.rounds}`);
  }
  const targets = running.map((one): TargetFigures => {
    const members = one.members();
    return {
      target: one.target.name,
      startMs: one.startMs,
      processes: members.filter(({ isServer }) => !isServer).length,
      servers: members.filter(({ isServer }) => isServer).length,
      idleMb: idle.get(one) ?? { own: 0, servers: 0 },
      endMb: residentMb(members),
    };
  });
  return { visits, targets };
}

/** Or a tenth of the longest, where that is more: a slow mesh gives few answers to tell by. */
const SETTLE_WINDOW_MS = 2_000;
/** Cheaper by less than this share is chance. */
const STILL_FALLING = 0.03;

/**
 * Loads a target with each kind until a request's CPU has stopped falling twice in a row, or for `mostMs` a kind: what
 * compilers do to a process that has just begun is nobody's price of a request. A lean program is done after six seconds.
 */
export async function settle(one: RunningTarget, kinds: readonly boolean[], mostMs: number): Promise<void> {
  const members = one.members();
  moveAllToCore(pidsOf(members), SUBJECT_CORE);
  for (const stream of kinds) {
    const deadline = performance.now() + mostMs;
    let least = Infinity;
    for (let inVain = 0; inVain < 2 && performance.now() < deadline;) {
      const before = cpuOf(members).own;
      const { answers } = await runClosedLoop({
        ...askOf(one, { name: 'settle', stream, pace: 'at once', inFlight: 16 }),
        warmupMs: 0,
        windowMs: Math.min(Math.max(SETTLE_WINDOW_MS, mostMs / 10), mostMs),
        onWindow: () => undefined,
      });
      const cpu = (cpuOf(members).own - before) / Math.max(answers, 1);
      inVain = cpu > least * (1 - STILL_FALLING) ? inVain + 1 : 0;
      least = Math.min(least, cpu);
    }
  }
}

function askOf(one: RunningTarget, cell: Cell) {
  return {
    ports: one.ports,
    inFlight: cell.inFlight,
    nextRequest: () => one.nextRequest(cell),
    faultOf: (answer: Parameters<typeof faultOf>[0]) => faultOf(answer, cell.stream),
  };
}

interface Reading {
  readonly mine: CpuUse;
  readonly othersUs: number;
  readonly subjectCore: { busy: number; stolen: number };
  readonly loadCore: { busy: number };
}

export interface VisitOptions {
  /** The cores of what is measured. */
  readonly cores: readonly number[];
  readonly warmupMs: number;
  readonly windowMs: number;
  readonly round: number;
}

/** The others wait on the load's core meanwhile: their beats are no part of this one's figures. */
export async function visit(
  one: RunningTarget,
  running: readonly RunningTarget[],
  cell: Cell,
  { cores, warmupMs, windowMs, round }: VisitOptions,
): Promise<Visit> {
  const members = one.members();
  const others = running.filter((other) => other !== one).flatMap((other) => other.members());
  moveAllToCore(pidsOf(others), LOAD_CORE);
  moveAllToCore(pidsOf(members), ...cores);
  const read = (): Reading => {
    const { own, servers } = cpuOf(others);
    return {
      mine: cpuOf(members),
      othersUs: own + servers,
      subjectCore: coreUse(SUBJECT_CORE),
      loadCore: coreUse(LOAD_CORE),
    };
  };
  let before = read();
  let after = before;
  const loop = await runClosedLoop({
    ...askOf(one, cell),
    warmupMs,
    windowMs,
    onWindow: (edge) => {
      if (edge === 'begin') before = read();
      else after = read();
    },
  });
  const windowUs = loop.seconds * 1e6;
  const own = after.mine.own - before.mine.own;
  const servers = after.mine.servers - before.mine.servers;
  const answers = Math.max(1, loop.answers);
  return {
    target: one.target.name,
    cell: cell.name,
    inFlight: cell.inFlight,
    stream: cell.stream,
    round,
    answersPerSecond: loop.answers / loop.seconds,
    chunksPerSecond: loop.bodyEvents / loop.seconds,
    p50Ms: loop.p50Ms,
    p99Ms: loop.p99Ms,
    firstBodyP50Ms: loop.firstBodyP50Ms,
    firstBodyP99Ms: loop.firstBodyP99Ms,
    ownCpuUs: own / answers,
    serverCpuUs: servers / answers,
    errors: loop.errors,
    firstError: loop.firstError,
    little: loop.little,
    oldestUnansweredMs: loop.oldestUnansweredMs,
    othersShare: (after.othersUs - before.othersUs) / windowUs,
    strangersShare: Math.max(0, after.subjectCore.busy - before.subjectCore.busy - own - servers) / windowUs,
    stolenShare: (after.subjectCore.stolen - before.subjectCore.stolen) / windowUs,
    loadCoreShare: (after.loadCore.busy - before.loadCore.busy) / windowUs,
  };
}

const pidsOf = (members: readonly { readonly pid: number }[]): number[] => members.map(({ pid }) => pid);
