import type { Load } from './balance.js';

/** After so long a flight whose end was never heard no longer counts. */
const LONGEST_FLIGHT_MS = 10 * 60_000;
/** Time in which a peak has fallen to about a third. */
const DECAY_MS = 10_000;

interface Tally {
  readonly flights: Map<string, number>;
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
    const { flights } = this.#tally(id);
    flights.set(attempt, now);
    for (const [flight, since] of flights) {
      if (since > now - LONGEST_FLIGHT_MS) break;
      flights.delete(flight);
    }
  }

  finished(id: string, attempt: string, totalMs: number | null, now: number): void {
    const tally = this.#tally(id);
    tally.flights.delete(attempt);
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
      tally = { flights: new Map(), ewmaMs: null, heardAt: 0 };
      this.#byId.set(id, tally);
    }
    return tally;
  }
}
