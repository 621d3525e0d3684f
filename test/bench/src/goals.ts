/** Goals that can be judged from one run without peers. Each is a ratio inside the run, or a rate of plain computation. */
import type { CellFigures, PartFigures } from './summary.ts';

export interface Judgement {
  readonly goal: string;
  /** At most (or at least) this. */
  readonly bound: string;
  readonly measured: string;
  readonly isMet: boolean;
}

export function judge(cells: readonly CellFigures[], parts: readonly PartFigures[]): readonly Judgement[] {
  return [...judgeCpu(cells), ...judgeStreams(cells), ...judgeParts(parts)];
}

const atMost = (goal: string, bound: number, value: number): Judgement => ({
  goal,
  bound: `≤ ${bound}`,
  measured: value.toFixed(2),
  isMet: value <= bound,
});

function judgeCpu(cells: readonly CellFigures[]): Judgement[] {
  return cells
    .filter(({ target, stream }) => target === 'skein-one' && !stream)
    .flatMap(({ cell, cpuToChain }) =>
      cpuToChain === null
        ? []
        : [atMost(`one process: CPU per request over the bare chain's, ${cell}`, 2, cpuToChain.median)],
    );
}

function judgeStreams(cells: readonly CellFigures[]): Judgement[] {
  const find = (target: string, cell: string) => cells.find((one) => one.target === target && one.cell === cell);
  return cells
    .filter(({ target, stream }) => target === 'skein-one' && stream)
    .flatMap((one) => {
      const chain = find('chain', one.cell);
      if (chain === undefined || one.cpuToChain === null) return [];
      const cpu = atMost(`one process: CPU per chunk over the bare chain's, ${one.cell}`, 1.2, one.cpuToChain.median);
      if (one.inFlight !== 1) return [cpu];
      const ratio = one.addedFirstBodyMs / Math.max(0.001, chain.addedFirstBodyMs);
      return [atMost(`one process: added first-token time over the bare chain's, ${one.cell}`, 2, ratio), cpu];
    });
}

function judgeParts(parts: readonly PartFigures[]): Judgement[] {
  const find = (way: string, inFlight: number) => parts.find((one) => one.way === way && one.inFlight === inFlight);
  const rate = find('classify + decide, four vendors live', 0)?.perSecond.median;
  const slow = find('classify + decide, policy of 60 models', 0)?.p99Us.median;
  const trips = [1, 16, 64].flatMap((inFlight) => {
    const bus = find('bus call, another process', inFlight);
    const raw = find('nats.request', inFlight);
    if (bus === undefined || raw === undefined) return [];
    return [atMost(`bus round trip over nats.request, p50 at ${inFlight}`, 1, bus.p50Us.median / raw.p50Us.median)];
  });
  const understood: Judgement[] =
    rate === undefined
      ? []
      : [
          {
            goal: 'classify + decide on one core, per second',
            bound: '≥ 10,000',
            measured: rate.toFixed(0),
            isMet: rate >= 10_000,
          },
        ];
  const tail = slow === undefined ? [] : [atMost('classify + decide over 60 models, p99 in ms', 1, slow / 1_000)];
  return [...understood, ...tail, ...trips];
}
