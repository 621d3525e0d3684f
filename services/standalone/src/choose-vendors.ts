import type { VendorId } from '@skein/catalog';

export interface VendorChoice {
  readonly live: readonly VendorId[];
  readonly sandboxed: readonly VendorId[];
}

/**
 * Which vendors are served, and how: `auto` sandboxes all of them while none has a key, and none as soon as one has;
 * `on` sandboxes whatever has no key; `off` nothing.
 */
export function chooseVendors(
  mode: 'auto' | 'on' | 'off',
  served: readonly VendorId[],
  isLive: (vendor: VendorId) => boolean,
): VendorChoice {
  const live = served.filter(isLive);
  const others = served.filter((vendor) => !live.includes(vendor));
  const sandboxed: Record<typeof mode, readonly VendorId[]> = {
    auto: live.length === 0 ? others : [],
    on: others,
    off: [],
  };
  return { live, sandboxed: sandboxed[mode] };
}
