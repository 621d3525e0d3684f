/** Which vendors take part: the fleet as the decision sees it, with the rule that keeps sandboxes out of live traffic. */
import { isVendorId, vendorById } from '@skein/catalog';
import type { Origin } from './deployment.js';

export type VendorMode = 'live' | 'sandbox';
export type SandboxSetting = 'auto' | 'on' | 'off';

export interface FleetOf {
  /** Vendors that take part in what the router chooses. */
  readonly participants: readonly string[];
  /** The rule that keeps a vendor out, or null. */
  barrier(vendor: string, origin: Origin): string | null;
  /** Is the vendor away for the moment only? */
  wasHere(vendor: string): boolean;
}

export const NO_WORKER = 'no_worker';
export const SANDBOX_ASIDE = 'sandbox';

/**
 * Reads the fleet. As soon as one vendor is live, sandboxed ones take part in nothing the router chooses; by name they
 * answer only where the operator switched the sandbox on.
 */
export function readFleet(
  modes: ReadonlyMap<string, VendorMode>,
  sandbox: SandboxSetting,
  wasHere: (vendor: string) => boolean,
): FleetOf {
  let anyLive = false;
  for (const mode of modes.values()) if (mode === 'live') anyLive = true;
  const takesPart = (mode: VendorMode) => mode === 'live' || !anyLive;
  return {
    participants: [...modes].filter(([, mode]) => takesPart(mode)).map(([vendor]) => vendor),
    wasHere,
    barrier(vendor, origin) {
      const mode = modes.get(vendor);
      if (mode === undefined) return NO_WORKER;
      if (takesPart(mode)) return null;
      return origin === 'asked' && sandbox === 'on' ? null : SANDBOX_ASIDE;
    },
  };
}

/** What an operator does to bring a vendor in. */
export function howToBringIn(vendor: string): string {
  if (!isVendorId(vendor)) return `start a worker for ${vendor}`;
  const { adapter, keyVariable, baseUrlVariable } = vendorById(vendor);
  if (adapter === null) return `this release has no adapter for ${vendor}`;
  return `set ${keyVariable ?? baseUrlVariable} and start its worker`;
}
