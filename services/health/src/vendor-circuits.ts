/**
 * What holds for a vendor as a whole: what probes say of it, and what an operator says. No I/O and no clock.
 */
import type { VendorHealth } from '@skein/contracts/health';
import {
  afterAnswer,
  afterError,
  atTime,
  circuitRules,
  closedCircuit,
  type Circuit,
  type CircuitRules,
} from './circuit.js';
import type { CircuitMove } from './deployments.js';

export interface ProbeSeen {
  readonly answered: boolean;
  readonly ms: number;
}

interface VendorState {
  readonly circuit: Circuit;
  readonly badInARow: number;
  readonly probe: VendorHealth['probe'];
  readonly outUntil: number | null;
}

const unknownVendor: VendorState = { circuit: closedCircuit, badInARow: 0, probe: null, outUntil: null };

export type VendorStanding = Pick<VendorHealth, 'vendor' | 'circuit' | 'until' | 'taken_out_until' | 'probe'>;

export class VendorCircuits {
  readonly #byVendor = new Map<string, VendorState>();

  /** `slowMs`: a probe that takes longer counts like one that failed. */
  constructor(
    private readonly slowMs: number,
    private readonly rules: CircuitRules = circuitRules,
  ) {}

  hearProbe(vendor: string, seen: ProbeSeen, now: number): CircuitMove | null {
    const before = this.#byVendor.get(vendor) ?? unknownVendor;
    const isBad = !seen.answered || (seen.ms > this.slowMs && !this.#isEverybodySlow(vendor));
    const badInARow = isBad ? before.badInARow + 1 : 0;
    const evidence = { consecutiveErrors: badInARow, attempts: 0, errors: 0 };
    const circuit = atTime(before.circuit, now);
    const next = isBad ? afterError(circuit, evidence, null, now, this.rules) : afterAnswer(circuit, this.rules);
    return this.#put(
      vendor,
      { ...before, circuit: next, badInARow, probe: { at: now, ...rounded(seen) } },
      isBad ? 'probe' : 'answered',
    );
  }

  /** Takes a vendor out until a moment; null puts it back. */
  takeOut(vendor: string, until: number | null): CircuitMove | null {
    const before = this.#byVendor.get(vendor) ?? unknownVendor;
    const move = this.#put(vendor, { ...before, outUntil: until }, 'operator');
    if (move !== null || until === null || before.outUntil !== null) return move;
    // It rested already; that it was also taken out is news all the same.
    return { vendor, model: null, from: 'open', to: 'open', until, why: 'operator' };
  }

  tick(now: number): CircuitMove[] {
    const moves: CircuitMove[] = [];
    for (const [vendor, before] of this.#byVendor) {
      const outUntil = before.outUntil !== null && before.outUntil <= now ? null : before.outUntil;
      const move = this.#put(vendor, { ...before, outUntil, circuit: atTime(before.circuit, now) }, 'time_over');
      if (move !== null) moves.push(move);
    }
    return moves;
  }

  /** Takes over what another health room, or an earlier life, knew: overrides always, circuits where nothing is known. */
  adopt(vendors: readonly VendorHealth[], now: number): void {
    for (const { vendor, circuit, until, taken_out_until, probe } of vendors) {
      const known = this.#byVendor.get(vendor);
      const own =
        circuit === 'open' && taken_out_until === null ? { state: circuit, until, answers: 0 } : closedCircuit;
      const base = known ?? { ...unknownVendor, circuit: atTime(own, now), probe };
      this.#byVendor.set(vendor, { ...base, outUntil: taken_out_until });
    }
  }

  report(): VendorStanding[] {
    return [...this.#byVendor].map(([vendor, state]) => ({
      vendor,
      ...standing(state),
      taken_out_until: state.outUntil,
      probe: state.probe,
    }));
  }

  /** Most of the others are slow as well: that is this machine's trouble, or its network's, and nobody's circuit opens for it. */
  #isEverybodySlow(vendor: string): boolean {
    const others = [...this.#byVendor].flatMap(([other, { probe }]) =>
      other === vendor || probe === null ? [] : [probe],
    );
    return others.length > 0 && others.filter(({ ms }) => ms > this.slowMs).length * 2 > others.length;
  }

  #put(vendor: string, next: VendorState, why: CircuitMove['why']): CircuitMove | null {
    const before = standing(this.#byVendor.get(vendor) ?? unknownVendor);
    this.#byVendor.set(vendor, next);
    const after = standing(next);
    if (before.circuit === after.circuit) return null;
    return { vendor, model: null, from: before.circuit, to: after.circuit, until: after.until, why };
  }
}

/** An operator's word stands above the probes'. */
function standing({ circuit, outUntil }: VendorState): Pick<VendorHealth, 'circuit' | 'until'> {
  if (outUntil === null) return { circuit: circuit.state, until: circuit.until };
  return { circuit: 'open', until: Math.max(outUntil, circuit.until ?? 0) };
}

function rounded({ answered, ms }: ProbeSeen) {
  return { answered, ms: Math.round(ms) };
}
