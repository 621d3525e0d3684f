/**
 * The places one vendor is called at, each with its line and its keys. An attempt goes to the place that has least to do
 * for its weight; the others stand by for it, where the first refuses it before anything was used.
 */
import type { VendorLine } from './call-vendor.js';
import type { KeyRing } from './key-ring.js';

export interface Site {
  readonly id: string;
  readonly line: VendorLine;
  readonly keys: KeyRing;
  readonly weight: number;
}

export class SiteRing {
  readonly #running = new Map<Site, number>();
  #turn = 0;

  /** Takes at least one site. */
  constructor(readonly sites: readonly [Site, ...Site[]]) {}

  /** The sites for the next attempt: the least loaded first, in turn where several are. */
  inOrder(): readonly [Site, ...Site[]] {
    const { sites } = this;
    if (sites.length === 1) return sites;
    const first = this.#turn++ % sites.length;
    const turned = [...sites.slice(first), ...sites.slice(0, first)];
    const [least = sites[0], ...others] = turned.toSorted((a, b) => this.#load(a) - this.#load(b));
    return [least, ...others];
  }

  enter(site: Site): void {
    this.#running.set(site, this.running(site) + 1);
  }

  leave(site: Site): void {
    this.#running.set(site, this.running(site) - 1);
  }

  running(site: Site): number {
    return this.#running.get(site) ?? 0;
  }

  /** What one more attempt would weigh there. */
  #load(site: Site): number {
    return (this.running(site) + 1) / site.weight;
  }
}
