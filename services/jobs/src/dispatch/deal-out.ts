// Who is next: the pure heart of the dispatcher. BullMQ's open-source edition has no groups, so the fairness is ours.
//
// Turns go to the tenant that has used the least of late for its weight: a tenant that comes seldom finds the mesh as if
// it were alone, however many jobs another has waiting. What was used fades with a half-life, so that nobody pays for
// yesterday, and every fourth turn goes to whoever has waited longest for one, so that nobody starves while others catch up.

/** What was used counts half after so long, ms. */
export const USE_HALF_LIFE_MS = 60_000;
const TURN_OF_THE_PATIENT = 4;

/** A job at the head of its tenant's line. */
export interface WaitingJob {
  readonly id: string;
  /** Of the model it names; null when it leaves the choice to the router. */
  readonly vendor: string | null;
}

/** A tenant with jobs waiting, in the order they are to be begun. */
export interface WaitingTenant {
  readonly tenant: string;
  readonly waiting: readonly WaitingJob[];
  /** Seconds of running it was given lately, already faded to this moment. */
  readonly usedSeconds: number;
  /** What one of its jobs takes, seconds, by experience. */
  readonly jobSeconds: number;
  readonly weight: number;
  /** How many more it may have at once, and this minute. */
  readonly room: number;
  /** Number of the turn it was last given. */
  readonly lastTurn: number;
}

export interface DealtJob extends WaitingJob {
  readonly tenant: string;
  readonly turn: number;
  /** Place among those dealt out but not begun: lower is begun earlier. Whole, from 1. */
  readonly rank: number;
}

/**
 * Deals `slots` turns out. `vendorRoom` bounds what names a vendor; a vendor that is not in it has no bound. The result is
 * in the order of the turns; fewer than `slots` when nobody is left who waits and has room.
 */
export function dealOut(
  tenants: readonly WaitingTenant[],
  slots: number,
  vendorRoom: ReadonlyMap<string, number>,
  turnsSoFar: number,
): DealtJob[] {
  const vendors = new Map(vendorRoom);
  const lines = tenants.map((tenant) => ({ ...tenant, waiting: [...tenant.waiting], given: 0 }));
  const dealt: DealtJob[] = [];
  for (let turn = turnsSoFar + 1; dealt.length < slots; turn += 1) {
    const ready = lines.filter((line) => line.given < line.room && nextOf(line.waiting, vendors) !== -1);
    const line = turn % TURN_OF_THE_PATIENT === 0 ? leastBy(ready, (each) => each.lastTurn) : leastBy(ready, useOf);
    if (line === undefined) break;
    const [job] = line.waiting.splice(nextOf(line.waiting, vendors), 1);
    if (job === undefined) break;
    if (job.vendor !== null && vendors.has(job.vendor)) vendors.set(job.vendor, (vendors.get(job.vendor) ?? 0) - 1);
    dealt.push({ ...job, tenant: line.tenant, turn, rank: rankOf(useOf(line)) });
    line.usedSeconds += line.jobSeconds;
    line.lastTurn = turn;
    line.given += 1;
  }
  return dealt;
}

/** What is left of `usedSeconds` after so long. */
export function fadeUse(usedSeconds: number, elapsedMs: number): number {
  return usedSeconds * 0.5 ** (Math.max(0, elapsedMs) / USE_HALF_LIFE_MS);
}

/** BullMQ takes whole numbers up to 2^21; a hundredth of a second tells two tenants apart. */
function rankOf(use: number): number {
  return 1 + Math.min(2_000_000, Math.floor(use * 100));
}

const useOf = ({ usedSeconds, weight }: { usedSeconds: number; weight: number }): number => usedSeconds / weight;

function nextOf(waiting: readonly WaitingJob[], vendors: ReadonlyMap<string, number>): number {
  return waiting.findIndex(({ vendor }) => vendor === null || (vendors.get(vendor) ?? 1) > 0);
}

/** The first of the least; ties go to who was given a turn longer ago. */
function leastBy<Line extends { lastTurn: number }>(
  lines: readonly Line[],
  by: (line: Line) => number,
): Line | undefined {
  let least: Line | undefined;
  for (const line of lines) {
    if (least === undefined || by(line) < by(least) || (by(line) === by(least) && line.lastTurn < least.lastTurn))
      least = line;
  }
  return least;
}
