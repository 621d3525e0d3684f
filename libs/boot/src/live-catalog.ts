/**
 * The catalogue in force: the release's, and over it what the policy in force adds. One per process and bus, whichever rooms
 * ask for it, so that they price and name alike; a policy that cannot be laid over it leaves the last good one.
 */
import type { Bus } from '@skein/bus';
import { catalog as release, catalogWith, type Catalog } from '@skein/catalog';
import { PolicySnapshot } from '@skein/contracts/router';

export interface LiveCatalog {
  /** What holds now. Take it once for what must agree with itself. */
  readonly current: Catalog;
  /** Resolves when the policy in force has been heard, where there is one. Watches until the bus closes. */
  start(): Promise<void>;
}

const byBus = new WeakMap<object, LiveCatalog>();

/** The catalogue of a bus's process. */
export function liveCatalog(bus: Pick<Bus, 'watchSnapshot'>): LiveCatalog {
  let live = byBus.get(bus);
  if (live === undefined) {
    live = watchedCatalog(bus);
    byBus.set(bus, live);
  }
  return live;
}

function watchedCatalog(bus: Pick<Bus, 'watchSnapshot'>): LiveCatalog {
  let current = release;
  let started: Promise<void> | null = null;
  const watch = async (): Promise<void> => {
    await bus.watchSnapshot(PolicySnapshot, ({ policy }) => {
      const extension = catalogWith(release, policy.catalog);
      // The router has refused it before; only another release's router could have let it pass.
      if ('catalog' in extension) current = extension.catalog;
    });
  };
  return {
    get current() {
      return current;
    },
    start: () => (started ??= watch()),
  };
}
