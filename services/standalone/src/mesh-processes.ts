import { join } from 'node:path';
import { vendorById, vendors, type VendorId } from '@skein/catalog';
import type { Environment } from '@skein/config';
import type { ChildSpec } from './child-process.js';
import { checkoutRoot, type LocalProfile } from './local-profile.js';
import { roomNames, workerFolder, type RoomName } from './rooms.js';

/** With no vendor live, one of each kind of worker shows the whole mesh. */
const shownWhenNoneIsLive: readonly VendorId[] = ['openai', 'anthropic', 'google', 'groq'];

/** Vendors that get a worker process of their own. */
export function meshVendors({ vendors: { live, sandboxed } }: Pick<LocalProfile, 'vendors'>): readonly VendorId[] {
  return live.length > 0 ? live : sandboxed.filter((vendor) => shownWhenNoneIsLive.includes(vendor));
}

/**
 * V8 lets the young generation of a busy process grow to about 100 MB and gives none of it back: a third of what a room holds.
 * At this size it was 34 MB under a batch of 100,000 lines; what it costs in time was lost in the noise of the runs compared.
 */
const HEAP = '--max-semi-space-size=16';

/** Room processes, doors last. They get no vendor's key. */
export function roomProcesses(profile: LocalProfile): ReadonlyMap<RoomName, ChildSpec> {
  const environment = withoutVendorKeys(profile.environment);
  return new Map(
    roomNames.map((room) => [
      room,
      { name: room, command: [HEAP, join(checkoutRoot, 'services', room, 'dist/src/main.js')], environment },
    ]),
  );
}

/** Worker processes, each with its own vendor's key alone. */
export function workerProcesses(profile: LocalProfile, sandboxUrl: string | null): readonly ChildSpec[] {
  return meshVendors(profile).map((vendor) => ({
    name: `provider-${vendor}`,
    command: [HEAP, join(checkoutRoot, 'services/provider-workers', workerFolder(vendor), 'dist/src/main.js')],
    environment: {
      ...withoutVendorKeys(profile.environment, vendor),
      VENDOR: vendor,
      ...(profile.vendors.sandboxed.includes(vendor) && sandboxUrl !== null && { SANDBOX_URL: sandboxUrl }),
    },
  }));
}

/** The environment less every vendor's secrets, but one's. */
export function withoutVendorKeys(environment: Environment, except?: VendorId): Environment {
  const secret = vendors
    .filter(({ id }) => id !== except)
    .flatMap(({ id }) => {
      const { keyVariable, optionalKeyVariable } = vendorById(id);
      return [keyVariable, optionalKeyVariable].flatMap((name) => (name === null ? [] : [name, `${name}_FILE`]));
    });
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !secret.includes(name)));
}
