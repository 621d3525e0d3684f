/** What a ledger that has grown costs: posting to it, and asking what one of a thousand keys used. */
import { launchPostgres } from '@skein/servers';
import { SUBJECT_CORE, end, moveAllToCore } from '../pinning.ts';
import { membersOf } from '../processes.ts';
import { runLap, startChild } from '../parts/lap.ts';
import type { PartVisit } from '../parts/parts.ts';

export const LEDGER_SIZES = [1_000, 100_000, 1_000_000] as const;
export type LedgerWay = 'postings, 100 at once' | "a key's usage";
export const fillTo = (rows: number): string => `filled to ${rows}`;

/** A lap of each way at each size, as part visits whose part is the number of rows. */
export async function measureLedgerGrowth(rounds: number, ms: number): Promise<PartVisit[]> {
  const postgres = await launchPostgres({ ephemeral: true });
  try {
    const server = postgres.pid ?? 0;
    moveAllToCore(
      membersOf([server]).map(({ pid }) => pid),
      SUBJECT_CORE,
    );
    const caller = await startChild('./growth/ledger-caller.ts', { DATABASE_URL: postgres.url });
    const lap = (part: string, way: string, round: number, lapMs: number): Promise<PartVisit> =>
      runLap(caller, membersOf([caller.pid ?? 0, server]), { part, way, inFlight: 1 }, { round, ms: lapMs });
    const ways: readonly LedgerWay[] = ['postings, 100 at once', "a key's usage"];
    const visits: PartVisit[] = [];
    for (const rows of LEDGER_SIZES) {
      await lap(String(rows), fillTo(rows), -1, 0);
      for (const way of ways) await lap(String(rows), way, -1, ms / 2);
      for (let round = 0; round < rounds; round += 1) {
        for (const way of ways) visits.push(await lap(String(rows), way, round, ms));
      }
    }
    await end(caller);
    return visits;
  } finally {
    await postgres.stop();
  }
}
