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
 * How V8 keeps house in a process of its own; none of these is a bound that a process could die of.
 *
 * It lets the young generation of a busy process grow to about 100 MB and gives none of it back: with semi-spaces of 16 MB it
 * has 34 MB. What lives as long as a call is old when the call is over, and V8 lets old garbage grow to several times what
 * lives before it collects any (150 MB over 45 in `jobs`), and a process keeps what it once had. Here it collects at 64 MB,
 * then when half as much again as lives has been added.
 */
const HEAP = ['--max-semi-space-size=16', '--initial-old-space-size=64', '--heap-growing-percent=50'];

/** Room processes, doors last. They get no vendor's key. */
export function roomProcesses(profile: LocalProfile): ReadonlyMap<RoomName, ChildSpec> {
  const environment = withoutVendorKeys(profile.environment);
  return new Map(
    roomNames.map((room) => [
      room,
      { name: room, command: [...HEAP, join(checkoutRoot, 'services', room, 'dist/src/main.js')], environment },
    ]),
  );
}

/** Worker processes, each with its own vendor's key alone. */
export function workerProcesses(profile: LocalProfile, sandboxUrl: string | null): readonly ChildSpec[] {
  return meshVendors(profile).map((vendor) => ({
    name: `provider-${vendor}`,
    command: [...HEAP, join(checkoutRoot, 'services/provider-workers', workerFolder(vendor), 'dist/src/main.js')],
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
