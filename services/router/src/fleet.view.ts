import type { Bus } from '@skein/bus';
import { readFleet, type FleetOf, type SandboxSetting } from './fleet.js';

/**
 * The fleet as this process hears it. A vendor it has ever heard may be back in a moment, and so may one that others heard
 * before this process began.
 */
export class FleetView {
  readonly #bus: Bus;
  readonly #sandbox: SandboxSetting;
  readonly #seen = new Set<string>();
  #current: FleetOf;
  #stopListening: (() => void) | null = null;

  constructor(bus: Bus, sandbox: SandboxSetting) {
    this.#bus = bus;
    this.#sandbox = sandbox;
    this.#current = this.#read();
  }

  start(): void {
    this.#stopListening = this.#bus.fleet.onChange(() => {
      this.#current = this.#read();
    });
    this.#current = this.#read();
  }

  stop(): void {
    this.#stopListening?.();
  }

  get current(): FleetOf {
    return this.#current;
  }

  #read(): FleetOf {
    const modes = this.#bus.fleet.vendors();
    for (const vendor of modes.keys()) this.#seen.add(vendor);
    return readFleet(modes, this.#sandbox, (vendor) => this.#seen.has(vendor) || this.#bus.fleet.isAway(vendor));
  }
}
