import { FAULTS, mergeKnobs, type Fault, type Knobs } from './knobs.js';

const WHOLE = 1_000_000;

/** Holds the knobs of each vendor and decides, by counting, which faults strike. */
export class KnobBoard {
  private readonly byVendor = new Map<string, Knobs>();
  private readonly due = new Map<string, number>();

  constructor(private readonly defaults: Knobs) {}

  set(vendor: string, knobs: Knobs): void {
    this.byVendor.set(vendor, knobs);
    this.forgetCounts(vendor);
  }

  reset(vendor: string): void {
    this.byVendor.delete(vendor);
    this.forgetCounts(vendor);
  }

  /** What holds at the vendor before a request's own settings. */
  of(vendor: string): Knobs {
    const own = this.byVendor.get(vendor);
    return own === undefined ? this.defaults : mergeKnobs([this.defaults, own]);
  }

  /** The knobs of one request, with every fault that does not strike this time taken out. */
  draw(vendor: string, layers: readonly Knobs[]): Knobs {
    const knobs = layers.length === 0 ? this.of(vendor) : mergeKnobs([this.of(vendor), ...layers]);
    const struck: Knobs = { ...knobs };
    for (const fault of FAULTS) {
      const chance = knobs[fault] === undefined ? undefined : knobs.chance?.[fault];
      if (chance !== undefined && !this.strikes(vendor, fault, chance)) delete struck[fault];
    }
    return struck;
  }

  // Shares are added up in whole millionths; each time they reach one, the fault strikes. Evenly spread and exact.
  private strikes(vendor: string, fault: Fault, chance: number): boolean {
    const key = `${vendor}/${fault}`;
    const owed = (this.due.get(key) ?? 0) + Math.round(chance * WHOLE);
    this.due.set(key, owed >= WHOLE ? owed - WHOLE : owed);
    return owed >= WHOLE;
  }

  private forgetCounts(vendor: string): void {
    for (const fault of FAULTS) this.due.delete(`${vendor}/${fault}`);
  }
}
