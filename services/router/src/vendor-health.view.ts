import type { Bus } from '@skein/bus';
import { HealthSnapshot, type DeploymentHealth } from '@skein/contracts/health';

/** What the health room last said, ready to be asked by deployment. Empty until it has spoken: unknown is not unwell. */
export class VendorHealthView {
  readonly #bus: Bus;
  #byId: ReadonlyMap<string, DeploymentHealth> = new Map();
  #stopWatching: (() => void) | null = null;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  async start(): Promise<void> {
    this.#stopWatching = await this.#bus.watchSnapshot(HealthSnapshot, ({ deployments }) => {
      this.#byId = new Map(deployments.map((health) => [`${health.vendor}/${health.model}`, health]));
    });
  }

  stop(): void {
    this.#stopWatching?.();
  }

  /** Health of `vendor/model`; undefined where nothing is known. */
  readonly of = (id: string): DeploymentHealth | undefined => this.#byId.get(id);
}
