/** What is measured, how long and how often. */
export interface Cell {
  readonly name: string;
  readonly stream: boolean;
  readonly inFlight: number;
}

export interface Effort {
  readonly name: 'short' | 'full';
  readonly rounds: number;
  readonly warmupMs: number;
  readonly windowMs: number;
  /** Once per target, before the first round: compilers settle. */
  readonly settleMs: number;
  readonly cells: readonly Cell[];
  readonly partMs: number;
}

const plain = (inFlight: number): Cell => ({ name: `plain@${inFlight}`, stream: false, inFlight });
const stream = (inFlight: number): Cell => ({ name: `stream@${inFlight}`, stream: true, inFlight });

export const efforts: Record<Effort['name'], Effort> = {
  short: {
    name: 'short',
    rounds: 3,
    warmupMs: 400,
    windowMs: 1_200,
    settleMs: 2_000,
    cells: [plain(1), plain(16), plain(64), stream(1), stream(64)],
    partMs: 400,
  },
  full: {
    name: 'full',
    rounds: 7,
    warmupMs: 800,
    windowMs: 4_000,
    settleMs: 5_000,
    cells: [plain(1), plain(16), plain(64), plain(256), stream(1), stream(16), stream(64)],
    partMs: 2_000,
  },
};
