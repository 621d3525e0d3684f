import { Inject, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { BUS, LOGGER, READINESS, SETTINGS, type Readiness } from '@skein/boot';
import type { Bus } from '@skein/bus';
import { catalog } from '@skein/catalog';
import type { SettingsOf } from '@skein/config';
import type { Balance } from '@skein/contracts/router';
import type { Logger } from '@skein/telemetry';
import type { CompiledPolicy } from './compile-policy.js';
import type { Situation } from './decide-route.js';
import { FleetView } from './fleet.view.js';
import { PolicyView } from './policy.view.js';
import { RolloutView } from './rollout.view.js';
import type { routerSettings } from './settings.js';
import { TrafficView } from './traffic.view.js';
import { VendorHealthView } from './vendor-health.view.js';

/** Steps by it fall evenly over 0 up to 1, however many there are. */
const GOLDEN = 0.618_033_988_749_895;

/** What the router knows of the world, started and stopped together. */
export class RouterViews implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly policy: PolicyView;
  readonly health: VendorHealthView;
  readonly fleet: FleetView;
  readonly traffic: TrafficView;
  readonly rollouts: RolloutView;
  #turn = Math.random();

  constructor(
    @Inject(BUS) bus: Bus,
    @Inject(SETTINGS) settings: SettingsOf<typeof routerSettings>,
    @Inject(LOGGER) logger: Logger,
    @Inject(READINESS) readiness: Readiness,
  ) {
    this.policy = new PolicyView(bus, catalog, logger, settings.SKEIN_POLICY, (compiled) =>
      this.#followPolicy(compiled),
    );
    this.health = new VendorHealthView(bus);
    this.fleet = new FleetView(bus, settings.SANDBOX);
    this.traffic = new TrafficView(bus);
    this.rollouts = new RolloutView(bus, this.traffic, logger, () => this.policy.current);
    readiness.add('router has a policy', () => this.policy.current !== null);
  }

  async onApplicationBootstrap(): Promise<void> {
    this.fleet.start();
    this.traffic.start();
    await this.rollouts.start();
    await Promise.all([this.policy.start(), this.health.start()]);
  }

  beforeApplicationShutdown(): void {
    this.fleet.stop();
    this.traffic.stop();
    this.rollouts.stop();
    this.policy.stop();
    this.health.stop();
  }

  /** The world as it is now; null until there is a policy. One decision reads one of them from end to end. */
  situation(now: number): Situation | null {
    const compiled = this.policy.current;
    if (compiled === null) return null;
    this.#turn = (this.#turn + GOLDEN) % 1;
    return {
      compiled,
      fleet: this.fleet.current,
      healthOf: this.health.of,
      quotaOf: (id) => this.traffic.quotas.of(id, now),
      loadOf: this.traffic.loads.of,
      expectedOutput: this.traffic.expected.of,
      standingOf: this.rollouts.standingOf,
      turn: this.#turn,
      chance: Math.random(),
      now,
    };
  }

  #followPolicy(compiled: CompiledPolicy): void {
    const byFlights: ReadonlySet<Balance> = new Set(['least_in_flight', 'peak_ewma']);
    this.traffic.hearStarts(Object.values(compiled.policy.pools).some(({ balance }) => byFlights.has(balance)));
    this.rollouts.begin(compiled, 'policy', Date.now());
  }
}
