/**
 * The keys of one vendor. A rejected key is set aside, and the next is used; when all have been set aside, all are tried
 * again, so that a fault at the vendor does not outlive itself.
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
  #turn = 0;

  /** Takes secrets in order of preference; none makes a ring of one empty key (vendors that need none). */
  constructor(secrets: readonly string[]) {
    const all = secrets.length === 0 ? [''] : secrets;
    this.#keys = all.map((secret, place) => ({
      secret,
      label: `${place + 1} of ${all.length} (${fingerprint(secret)})`,
    }));
  }

  /** The keys to try for one attempt, in order; each attempt begins with the next in turn. Never empty. */
  keysToTry(): readonly VendorKey[] {
    if (this.#setAside.size === this.#keys.length) this.#setAside.clear();
    const usable = this.#keys.filter((key) => !this.#setAside.has(key));
    const first = this.#turn++ % usable.length;
    return [...usable.slice(first), ...usable.slice(0, first)];
  }

  setAside(key: VendorKey): void {
    this.#setAside.add(key);
  }
}

function fingerprint(secret: string): string {
  return createHash('sha256').update(secret).digest('hex').slice(0, 8);
}
