/** What is measured, how long and how often. */
import type { Ask } from './request.ts';

export interface Cell extends Ask {
  readonly name: string;
  readonly inFlight: number;
}

export const stages = ['parts', 'whole', 'open', 'growth'] as const;
export type Stage = (typeof stages)[number];

export type EffortName = 'short' | 'full';

export interface Effort {
  readonly name: EffortName;
  /** What is measured where nothing is chosen. */
  readonly stages: readonly Stage[];
  /** Whole runs, each with all targets started afresh. */
  readonly runs: number;
  readonly rounds: number;
  readonly warmupMs: number;
  readonly windowMs: number;
  /** The longest a target is loaded with each kind before the first round, until compilers have settled. */
  readonly settleMs: number;
  /** The same of a mesh of many processes that share a core. */
  readonly slowSettleMs: number;
  readonly cells: readonly Cell[];
  readonly partRounds: number;
  readonly partMs: number;
  /** Streams open at once. */
  readonly openStreams: number;
  readonly growthRounds: number;
  readonly growthMs: number;
}

export const plain = (inFlight: number): Cell => ({
  name: `plain@${inFlight}`,
  stream: false,
  pace: 'at once',
  inFlight,
});
export const slow = (inFlight: number): Cell => ({ name: `50ms@${inFlight}`, stream: false, pace: '50 ms', inFlight });
export const stream = (inFlight: number): Cell => ({
  name: `stream@${inFlight}`,
  stream: true,
  pace: 'at once',
  inFlight,
});

export const efforts: Readonly<Record<EffortName, Effort>> = {
  short: {
    name: 'short',
    stages: ['parts', 'whole'],
    runs: 1,
    rounds: 2,
    warmupMs: 250,
    windowMs: 900,
    settleMs: 6_000,
    slowSettleMs: 20_000,
    cells: [plain(1), plain(16), plain(64), stream(1), stream(16)],
    partRounds: 2,
    partMs: 200,
    openStreams: 1_000,
    growthRounds: 2,
    growthMs: 700,
  },
  full: {
    name: 'full',
    stages,
    runs: 2,
    rounds: 3,
    warmupMs: 300,
    windowMs: 1_200,
    settleMs: 20_000,
    slowSettleMs: 90_000,
    cells: [plain(1), plain(16), plain(64), plain(256), slow(256), stream(1), stream(16)],
    partRounds: 3,
    partMs: 400,
    openStreams: 5_000,
    growthRounds: 3,
    growthMs: 1_200,
  },
};
