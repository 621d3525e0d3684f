/** Visits become medians with their spread; only these are shown, the visits stay in the JSON. */
import type { PartVisit } from './parts/parts.ts';
import { flagsOf } from './sanity.ts';
import { spreadOf, type Spread } from './statistics.ts';
import type { Visit } from './whole.ts';

export interface CellFigures {
  readonly target: string;
  readonly cell: string;
  readonly stream: boolean;
  readonly inFlight: number;
  readonly answersPerSecond: Spread;
  readonly chunksPerSecond: Spread;
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
  readonly firstBodyP50Ms: Spread;
  /** What the target adds to the direct way: of the median p50, and of the median first byte of the body. */
  readonly addedP50Ms: number;
  readonly addedFirstBodyMs: number;
  readonly ownCpuUs: Spread;
  readonly serverCpuUs: Spread;
  readonly cpuUs: Spread;
  /** CPU over the bare chain's: the median of the rounds' ratios; null where there is no chain. */
  readonly cpuToChain: Spread | null;
  readonly flags: readonly string[];
}

export function summariseWhole(visits: readonly Visit[]): readonly CellFigures[] {
  const groups = Map.groupBy(visits, ({ target, cell }) => `${target} ${cell}`);
  const medianOf = (target: string, cell: string, read: (visit: Visit) => number) =>
    spreadOf((groups.get(`${target} ${cell}`) ?? []).map(read)).median;
  return [...groups.values()].flatMap((group) => {
    const first = group[0];
    if (first === undefined) return [];
    const { target, cell, stream, inFlight } = first;
    const over = (read: (visit: Visit) => number): Spread => spreadOf(group.map(read));
    const chain = groups.get(`chain ${cell}`);
    const p50Ms = over((visit) => visit.p50Ms);
    const firstBodyP50Ms = over((visit) => visit.firstBodyP50Ms);
    return [
      {
        target,
        cell,
        stream,
        inFlight,
        answersPerSecond: over((visit) => visit.answersPerSecond),
        chunksPerSecond: over((visit) => visit.chunksPerSecond),
        p50Ms,
        p99Ms: over((visit) => visit.p99Ms),
        firstBodyP50Ms,
        addedP50Ms: p50Ms.median - medianOf('direct', cell, (visit) => visit.p50Ms),
        addedFirstBodyMs: firstBodyP50Ms.median - medianOf('direct', cell, (visit) => visit.firstBodyP50Ms),
        ownCpuUs: over((visit) => visit.ownCpuUs),
        serverCpuUs: over((visit) => visit.serverCpuUs),
        cpuUs: over(cpuOfVisit),
        cpuToChain: chain === undefined ? null : spreadOf(ratios(group, chain)),
        flags: countFlags(group),
      },
    ];
  });
}

export const cpuOfVisit = (visit: Visit): number => visit.ownCpuUs + visit.serverCpuUs;

/** Round by round: what slows the machine for a while slows both sides of a ratio. */
function ratios(group: readonly Visit[], chain: readonly Visit[]): number[] {
  return pairs(group, chain).flatMap(([visit, other]) =>
    cpuOfVisit(other) === 0 ? [] : [cpuOfVisit(visit) / cpuOfVisit(other)],
  );
}

function pairs(group: readonly Visit[], others: readonly Visit[]): [Visit, Visit][] {
  return group.flatMap((visit) => {
    const other = others.find(({ round }) => round === visit.round);
    return other === undefined ? [] : [[visit, other] as [Visit, Visit]];
  });
}

/** What one target does over what another does in the same cell, round by round; null where one of them is missing. */
export function ratioOf(
  visits: readonly Visit[],
  cell: string,
  [above, below]: readonly [string, string],
  read: (visit: Visit) => number,
): Spread | null {
  const of = (target: string) => visits.filter((visit) => visit.target === target && visit.cell === cell);
  const values = pairs(of(above), of(below)).flatMap(([one, other]) =>
    read(other) <= 0 ? [] : [read(one) / read(other)],
  );
  return values.length === 0 ? null : spreadOf(values);
}

/** Flags with the number of rounds that carry them. */
function countFlags(group: readonly Visit[]): string[] {
  const counts = Map.groupBy(group.flatMap(flagsOf), (flag) => flag);
  return [...counts].map(([flag, times]) => `${flag} ${times.length}/${group.length}`);
}

export interface PartFigures {
  readonly part: string;
  readonly way: string;
  readonly inFlight: number;
  readonly perSecond: Spread;
  readonly p50Us: Spread;
  readonly p99Us: Spread;
  readonly cpuUs: Spread;
}

export function summariseParts(visits: readonly PartVisit[]): readonly PartFigures[] {
  const groups = Map.groupBy(visits, ({ part, way, inFlight }) => `${part} ${way} ${inFlight}`);
  return [...groups.values()].flatMap((group) => {
    const first = group[0];
    if (first === undefined) return [];
    const over = (read: (visit: PartVisit) => number): Spread => spreadOf(group.map(read));
    return [
      {
        part: first.part,
        way: first.way,
        inFlight: first.inFlight,
        perSecond: over((visit) => visit.perSecond),
        p50Us: over((visit) => visit.p50Us),
        p99Us: over((visit) => visit.p99Us),
        cpuUs: over((visit) => visit.cpuUs),
      },
    ];
  });
}
