/**
 * What was set out to be reached, and whether it was. Every goal is a ratio inside one run, a rate of plain computation, or
 * a sum of memory; one that is measured in several runs is met when each of them meets it.
 */
import type { GrowthFigures } from './growth/growth-figures.ts';
import type { OpenStreams } from './open-streams.ts';
import { cpuOfVisit, ratioOf, type PartFigures } from './summary.ts';
import type { WholeRun } from './whole-run.ts';
import type { Visit } from './whole.ts';

export interface Judgement {
  readonly goal: string;
  readonly bound: string;
  /** One for each run. */
  readonly measured: readonly string[];
  readonly isMet: boolean;
}

export interface Judged {
  readonly runs: readonly WholeRun[];
  readonly open: readonly OpenStreams[];
  readonly parts: readonly PartFigures[];
  readonly growth: GrowthFigures | null;
}

interface Bound {
  readonly kind: '≥' | '≤' | '<' | '>';
  readonly value: number;
  readonly unit?: string;
}

interface WholeGoal {
  readonly goal: string;
  readonly bound: Bound;
  /** Null where what it needs was not measured. */
  readonly measure: (run: WholeRun) => number | null;
}

const meets: Readonly<Record<Bound['kind'], (measured: number, bound: number) => boolean>> = {
  '≥': (measured, bound) => measured >= bound,
  '>': (measured, bound) => measured > bound,
  '≤': (measured, bound) => measured <= bound,
  '<': (measured, bound) => measured < bound,
};

export function judge(judged: Judged): readonly Judgement[] {
  return [
    ...wholeGoals.flatMap(({ goal, bound, measure }) => judged1(goal, bound, judged.runs.map(measure))),
    ...judged.open.flatMap(judgeOpen),
    ...judgeParts(judged.parts),
    ...judgeGrowth(judged.growth),
  ];
}

function judged1(goal: string, bound: Bound, values: readonly (number | null)[]): Judgement[] {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return [];
  return [
    {
      goal,
      bound: `${bound.kind} ${bound.value.toLocaleString('en')}${bound.unit ?? ''}`,
      measured: known.map((value) => show(value)),
      isMet: known.every((value) => meets[bound.kind](value, bound.value)),
    },
  ];
}

const show = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2));

const rate = ({ answersPerSecond }: Visit): number => answersPerSecond;
const p99 = ({ p99Ms }: Visit): number => p99Ms;

const ratio =
  (above: string, below: string, cell: string, read: (visit: Visit) => number) =>
  ({ visits }: WholeRun): number | null =>
    ratioOf(visits, cell, [above, below], read)?.median ?? null;

/** What one adds to the direct way over what another adds. */
const addedRatio =
  (above: string, below: string, cell: string, read: 'addedP50Ms' | 'addedFirstBodyMs') =>
  ({ cells }: WholeRun): number | null => {
    const of = (target: string) => cells.find((one) => one.target === target && one.cell === cell)?.[read];
    const [one, other] = [of(above), of(below)];
    return one === undefined || other === undefined || other <= 0 ? null : one / other;
  };

/** CPU beyond that of a plain request, over the same of the chain. */
function beyondAPlainRequest({ cells }: WholeRun): number | null {
  const cpu = (target: string, cell: string) =>
    cells.find((one) => one.target === target && one.cell === cell)?.cpuUs.median;
  const [ours, oursPlain] = [cpu('skein-one', 'stream@16'), cpu('skein-one', 'plain@16')];
  const [chain, chainPlain] = [cpu('chain', 'stream@16'), cpu('chain', 'plain@16')];
  if (ours === undefined || oursPlain === undefined || chain === undefined || chainPlain === undefined) return null;
  return chain > chainPlain ? (ours - oursPlain) / (chain - chainPlain) : null;
}

const inFlights = (counts: readonly number[], make: (inFlight: number) => WholeGoal): WholeGoal[] => counts.map(make);

const wholeGoals: readonly WholeGoal[] = [
  ...inFlights([16, 64, 256], (count) => ({
    goal: `one process: answers/s over Portkey's, ${count} in flight`,
    bound: { kind: '≥', value: 4 },
    measure: ratio('skein-one', 'portkey', `plain@${count}`, rate),
  })),
  ...inFlights([16, 64, 256], (count) => ({
    goal: `one process: answers/s over claude-code-router's core, ${count} in flight`,
    bound: { kind: '>', value: 1 },
    measure: ratio('skein-one', 'ccr', `plain@${count}`, rate),
  })),
  {
    goal: "one process: added p50 over Portkey's, 1 in flight",
    bound: { kind: '≤', value: 0.65 },
    measure: addedRatio('skein-one', 'portkey', 'plain@1', 'addedP50Ms'),
  },
  ...inFlights([1, 16, 64, 256], (count) => ({
    goal: `one process: CPU a request over the bare chain's, ${count} in flight`,
    bound: { kind: '≤', value: 2 },
    measure: ratio('skein-one', 'chain', `plain@${count}`, cpuOfVisit),
  })),
  ...inFlights([16, 64, 256], (count) => ({
    goal: `three processes: answers/s over Portkey's, ${count} in flight`,
    bound: { kind: '≥', value: 2.5 },
    measure: ratio('skein-three', 'portkey', `plain@${count}`, rate),
  })),
  {
    goal: "three processes: added p50 over Portkey's, 1 in flight",
    bound: { kind: '≤', value: 1 },
    measure: addedRatio('skein-three', 'portkey', 'plain@1', 'addedP50Ms'),
  },
  ...inFlights([16, 64], (count) => ({
    goal: `three processes: p99 over Portkey's, ${count} in flight`,
    bound: { kind: '<', value: 1 },
    measure: ratio('skein-three', 'portkey', `plain@${count}`, p99),
  })),
  ...inFlights([16, 64, 256], (count) => ({
    goal: `every room apart: answers/s over Portkey's, ${count} in flight`,
    bound: { kind: '≥', value: 1.5 },
    measure: ratio('skein-apart', 'portkey', `plain@${count}`, rate),
  })),
  {
    goal: "every room apart: added p50 over Portkey's, 1 in flight",
    bound: { kind: '≤', value: 2 },
    measure: addedRatio('skein-apart', 'portkey', 'plain@1', 'addedP50Ms'),
  },
  {
    goal: "one process: added first-token time over the bare chain's",
    bound: { kind: '≤', value: 2 },
    measure: addedRatio('skein-one', 'chain', 'stream@1', 'addedFirstBodyMs'),
  },
  {
    goal: "one process: CPU a chunk over the bare chain's, the request's own in it, 16 streams",
    bound: { kind: '≤', value: 1.2 },
    measure: ratio('skein-one', 'chain', 'stream@16', cpuOfVisit),
  },
  {
    goal: 'one process: the same beyond what a plain request costs',
    bound: { kind: '≤', value: 1.2 },
    measure: beyondAPlainRequest,
  },
  {
    goal: "three processes: added first-token time over claude-code-router's core",
    bound: { kind: '≤', value: 3 },
    measure: addedRatio('skein-three', 'ccr', 'stream@1', 'addedFirstBodyMs'),
  },
];

function judgeOpen({ target, wanted, alive, openMb }: OpenStreams): Judgement[] {
  if (!target.startsWith('skein') || wanted < 5_000) return [];
  const told = judged1(
    `${target}: memory of its own processes with ${alive.toLocaleString('en')} streams open, MB`,
    {
      kind: '<',
      value: 600,
    },
    [openMb.own],
  );
  return told.map((one) => ({ ...one, isMet: one.isMet && alive === wanted }));
}

function judgeParts(parts: readonly PartFigures[]): Judgement[] {
  const find = (way: string, inFlight: number) => parts.find((one) => one.way === way && one.inFlight === inFlight);
  const understood = find('classify + decide, four vendors live', 0)?.perSecond.median ?? null;
  const slow = find('classify + decide, policy of 60 models', 0)?.p99Us.median;
  return [
    ...judged1('classify + decide on one core, per second', { kind: '≥', value: 10_000 }, [understood]),
    ...judged1('classify + decide over 60 models, p99 in ms', { kind: '≤', value: 1 }, [
      slow === undefined ? null : slow / 1_000,
    ]),
    ...[1, 16, 64].flatMap((inFlight) => {
      const bus = find('bus call, another process', inFlight);
      const raw = find('nats.request', inFlight);
      if (bus === undefined || raw === undefined) return [];
      const value = bus.p50Us.median / raw.p50Us.median;
      return judged1(`bus round trip over nats.request, p50 at ${inFlight}`, { kind: '≤', value: 1 }, [value]);
    }),
  ];
}

function judgeGrowth(growth: GrowthFigures | null): Judgement[] {
  const line = (of: string) => growth?.lines.find((one) => one.of === of);
  const workers = line('workers');
  const proportion = workers?.points.map(({ size, figure }) => figure.median / size) ?? [];
  const [first, last] = [proportion[0], proportion.at(-1)];
  return [
    ...judged1('two of each room over one of each: CPU a request, 64 in flight', { kind: '≤', value: 1.15 }, [
      line('of each room')?.lastToFirst.median ?? null,
    ]),
    ...judged1('the same with 64 in flight for each of the doors', { kind: '≤', value: 1.15 }, [
      line('of each room and of the load')?.lastToFirst.median ?? null,
    ]),
    ...judged1('four workers: answers/s for each worker over those of one alone', { kind: '≥', value: 0.9 }, [
      first === undefined || last === undefined ? null : last / first,
    ]),
  ];
}
