import { Inject, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { BUS, LOGGER, READINESS, SETTINGS, type Readiness } from '@skein/boot';
import type { Bus } from '@skein/bus';
import { catalog } from '@skein/catalog';
import type { SettingsOf } from '@skein/config';
import type { Logger } from '@skein/telemetry';
import { FleetView } from './fleet.view.js';
import { PolicyView } from './policy.view.js';
import type { routerSettings } from './settings.js';
import { VendorHealthView } from './vendor-health.view.js';

/** What the router knows of the world, started and stopped together. */
export class RouterViews implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly policy: PolicyView;
  readonly health: VendorHealthView;
  readonly fleet: FleetView;

  constructor(
    @Inject(BUS) bus: Bus,
    @Inject(SETTINGS) settings: SettingsOf<typeof routerSettings>,
    @Inject(LOGGER) logger: Logger,
    @Inject(READINESS) readiness: Readiness,
  ) {
    this.policy = new PolicyView(bus, catalog, logger, settings.SKEIN_POLICY);
    this.health = new VendorHealthView(bus);
    this.fleet = new FleetView(bus, settings.SANDBOX);
    readiness.add('router has a policy', () => this.policy.current !== null);
  }

  async onApplicationBootstrap(): Promise<void> {
    this.fleet.start();
    await Promise.all([this.policy.start(), this.health.start()]);
  }

  beforeApplicationShutdown(): void {
    this.fleet.stop();
    this.policy.stop();
    this.health.stop();
  }
}
