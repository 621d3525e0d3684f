import type { Load } from './balance.js';

/** After so long a flight whose end was never heard no longer counts. */
const LONGEST_FLIGHT_MS = 10 * 60_000;
/** Starts that nobody waits for gather before they are stated, so that a quick answer's end comes first. */
const LATEST_START_MS = 2_000;
/** Time in which a peak has fallen to about a third. */
const DECAY_MS = 10_000;

interface Tally {
  /** Attempts under way, and since when. */
  readonly flights: Map<string, number>;
  /** Attempts that ended before they were heard to start, and when. */
  readonly landed: Map<string, number>;
  ewmaMs: number | null;
  heardAt: number;
}

/**
 * What is under way at each deployment, from the facts every router hears, and its peak EWMA: a slow answer counts at
 * once, a fast one little by little. Time is passed in, ms since the epoch.
 */
export class DeploymentLoads {
  readonly #byId = new Map<string, Tally>();

  started(id: string, attempt: string, now: number): void {
    const { flights, landed } = this.#tally(id);
    if (landed.delete(attempt)) return;
    flights.set(attempt, now);
    forget(flights, now - LONGEST_FLIGHT_MS);
  }

  finished(id: string, attempt: string, totalMs: number | null, now: number): void {
    const tally = this.#tally(id);
    if (!tally.flights.delete(attempt)) tally.landed.set(attempt, now);
    forget(tally.landed, now - LATEST_START_MS);
    if (totalMs === null) return;
    const kept = tally.ewmaMs === null ? 0 : Math.exp(-(now - tally.heardAt) / DECAY_MS);
    const before = tally.ewmaMs ?? totalMs;
    tally.ewmaMs = totalMs > before ? totalMs : before * kept + totalMs * (1 - kept);
    tally.heardAt = now;
  }

  readonly of = (id: string): Load => {
    const tally = this.#byId.get(id);
    return { inFlight: tally?.flights.size ?? 0, ewmaMs: tally?.ewmaMs ?? null };
  };

  #tally(id: string): Tally {
    let tally = this.#byId.get(id);
    if (tally === undefined) {
      tally = { flights: new Map(), landed: new Map(), ewmaMs: null, heardAt: 0 };
      this.#byId.set(id, tally);
    }
    return tally;
  }
}

/** Entries are in the order of their times. */
function forget(times: Map<string, number>, before: number): void {
  for (const [attempt, at] of times) {
    if (at > before) break;
    times.delete(attempt);
  }
}
