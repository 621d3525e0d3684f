/** Asks each vendor in turn whether it is there: by one of its workers, at no cost, and from one health room only. */
import { Inject, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { BUS, LOGGER, SETTINGS } from '@skein/boot';
import { newId, type Bus } from '@skein/bus';
import type { SettingsOf } from '@skein/config';
import { probeVendorAt } from '@skein/contracts/provider';
import type { Logger } from '@skein/telemetry';
import { HealthWatch } from './health-watch.js';
import { whoIsDue } from './who-is-due.js';
import type { healthSettings } from './settings.js';

const LOOK_EVERY_MS = 1_000;
/** A vendor that takes longer than this is not there. */
const PROBE_WITHIN_MS = 5_000;

export class ProbeRound implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #dueAt = new Map<string, number>();
  readonly #underWay = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(BUS) private readonly bus: Bus,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(SETTINGS) private readonly settings: SettingsOf<typeof healthSettings>,
    @Inject(HealthWatch) private readonly watch: HealthWatch,
  ) {}

  onApplicationBootstrap(): void {
    if (this.settings.HEALTH_PROBE_EVERY_MS === 0) return;
    const lookEveryMs = Math.min(LOOK_EVERY_MS, this.settings.HEALTH_PROBE_EVERY_MS);
    this.#timer = setInterval(() => this.#look(), lookEveryMs).unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    if (!this.watch.isSpeaker) return;
    const now = performance.now();
    const vendors = [...this.bus.fleet.vendors().keys()];
    for (const vendor of whoIsDue(vendors, this.#dueAt, now, this.settings.HEALTH_PROBE_EVERY_MS, Math.random)) {
      if (this.#underWay.has(vendor)) continue;
      this.#underWay.add(vendor);
      void this.#probe(vendor).finally(() => this.#underWay.delete(vendor));
    }
  }

  async #probe(vendor: string): Promise<void> {
    const context = { requestId: newId('probe'), deadline: performance.now() + PROBE_WITHIN_MS + LOOK_EVERY_MS };
    try {
      const probe = await this.bus.call(probeVendorAt(vendor), { within_ms: PROBE_WITHIN_MS }, context);
      this.watch.hearProbe(vendor, probe);
    } catch (error) {
      // The worker's trouble is not the vendor's.
      this.logger.debug({ err: error, vendor }, 'a vendor could not be probed');
    }
  }
}
