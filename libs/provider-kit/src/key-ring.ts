/**
 * The keys of one vendor. A rejected key is set aside, a rate-limited one rests as long as the vendor asks; the next is
 * used. When none is left, all rejected ones are tried again, so that a fault at the vendor does not outlive itself, or
 * else the one whose rest ends first.
 */
import { createHash } from 'node:crypto';

export interface VendorKey {
  readonly secret: string;
  /** What may be shown of it: its place in the list and a hash. */
  readonly label: string;
}

export class KeyRing {
  readonly #keys: readonly VendorKey[];
  readonly #setAside = new Set<VendorKey>();
  /** Monotonic ms at which a key's rest ends. */
  readonly #restsUntil = new Map<VendorKey, number>();
  #turn = 0;

  /**
   * Takes secrets in order of preference; none makes a ring of one empty key (vendors that need none). `place` names where
   * they are shown, where the vendor is called at several.
   */
  constructor(secrets: readonly string[], place: string | null = null) {
    const all = secrets.length === 0 ? [''] : secrets;
    const prefix = place === null ? '' : `${place}: `;
    this.#keys = all.map((secret, at) => ({
      secret,
      label: `${prefix}${at + 1} of ${all.length} (${fingerprint(secret)})`,
    }));
  }

  /** The keys to try for one attempt at `now` (monotonic ms), in order; each begins with the next in turn. Never empty. */
  keysToTry(now: number): readonly VendorKey[] {
    if (this.#setAside.size === this.#keys.length) this.#setAside.clear();
    const accepted = this.#keys.filter((key) => !this.#setAside.has(key));
    const usable = accepted.filter((key) => (this.#restsUntil.get(key) ?? 0) <= now);
    if (usable.length === 0) return accepted.toSorted((a, b) => this.#rest(a) - this.#rest(b)).slice(0, 1);
    const first = this.#turn++ % usable.length;
    return [...usable.slice(first), ...usable.slice(0, first)];
  }

  setAside(key: VendorKey): void {
    this.#setAside.add(key);
  }

  /** Leaves a key alone until a moment (monotonic ms). */
  rest(key: VendorKey, until: number): void {
    this.#restsUntil.set(key, until);
  }

  get size(): number {
    return this.#keys.length;
  }

  get setAsideCount(): number {
    return this.#setAside.size;
  }

  #rest(key: VendorKey): number {
    return this.#restsUntil.get(key) ?? 0;
  }
}

function fingerprint(secret: string): string {
  return createHash('sha256').update(secret).digest('hex').slice(0, 8);
}
