import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { BUS } from '@skein/boot';
import { newId, type Bus } from '@skein/bus';
import type { KeyRecord } from '@skein/contracts/billing';
import { SkeinError } from '@skein/contracts/errors';
import { HealthSnapshot, OverrideVendor, type HealthRevision } from '@skein/contracts/health';
import { z } from 'zod';

const ANSWER_WITHIN_MS = 5_000;
const DAY_MS = 24 * 3_600_000;

/** An operator's word on a vendor. */
export const vendorOverride = z.strictObject({ out_ms: z.int().nonnegative().max(DAY_MS) });

/** How vendors are doing, and an operator's word on who rests: with an admin key. */
@Injectable()
export class VendorsDesk implements OnApplicationBootstrap, BeforeApplicationShutdown {
  #health: HealthRevision | null = null;
  #stopWatching: (() => void) | null = null;

  constructor(@Inject(BUS) private readonly bus: Bus) {}

  async onApplicationBootstrap(): Promise<void> {
    this.#stopWatching = await this.bus.watchSnapshot(HealthSnapshot, (revision) => (this.#health = revision));
  }

  beforeApplicationShutdown(): void {
    this.#stopWatching?.();
  }

  /** Every vendor with a worker, with what the health room says of it, its models, keys and regions, and what changed. */
  list(key: KeyRecord) {
    refuseOthers(key);
    const { vendors = [], deployments = [], groups = [], history = [] } = this.#health ?? {};
    const known = new Map(vendors.map((health) => [health.vendor, health]));
    return {
      vendors: [...this.bus.fleet.vendors()]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([vendor, mode]) => ({ vendor, mode, ...known.get(vendor) })),
      deployments,
      groups,
      history,
    };
  }

  /** Takes a vendor out for so many ms, or puts it back with 0. Throws `not_found` for one that nobody serves. */
  async override(vendor: string, outMs: number, key: KeyRecord, traceparent: string | undefined) {
    refuseOthers(key);
    const context = {
      requestId: newId('ovr'),
      tenant: key.tenant,
      deadline: performance.now() + ANSWER_WITHIN_MS,
      traceparent,
    };
    const { taken_out_until } = await this.bus.call(OverrideVendor, { vendor, out_ms: outMs }, context);
    return { vendor, taken_out_until: taken_out_until === null ? null : new Date(taken_out_until).toISOString() };
  }
}

function refuseOthers(key: KeyRecord): void {
  if (!key.admin) throw new SkeinError('forbidden', 'Vendors take an admin key');
}
