import type { Bus } from '@skein/bus';
import { HealthSnapshot, type DeploymentHealth, type VendorHealth } from '@skein/contracts/health';

/** What the health room last said, ready to be asked by deployment. Empty until it has spoken: unknown is not unwell. */
export class VendorHealthView {
  readonly #bus: Bus;
  #byId: ReadonlyMap<string, DeploymentHealth> = new Map();
  #byVendor: ReadonlyMap<string, VendorHealth> = new Map();
  #stopWatching: (() => void) | null = null;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  async start(): Promise<void> {
    this.#stopWatching = await this.#bus.watchSnapshot(HealthSnapshot, ({ deployments, vendors }) => {
      this.#byId = new Map(deployments.map((health) => [`${health.vendor}/${health.model}`, health]));
      this.#byVendor = new Map((vendors ?? []).map((health) => [health.vendor, health]));
    });
  }

  stop(): void {
    this.#stopWatching?.();
  }

  /** Health of `vendor/model`; undefined where nothing is known. */
  readonly of = (id: string): DeploymentHealth | undefined => {
    const own = this.#byId.get(id);
    const slash = id.indexOf('/');
    const vendor = this.#byVendor.get(id.slice(0, slash));
    return vendor === undefined ? own : withVendor(own, vendor, id.slice(slash + 1));
  };
}

/** What binds a whole vendor (a probe's word, an operator's) binds each of its models, known or not. */
function withVendor(
  own: DeploymentHealth | undefined,
  vendor: VendorHealth,
  model: string,
): DeploymentHealth | undefined {
  if (vendor.circuit !== 'open') return own;
  const { circuit, attempts, errors, rate_limited, consecutive_errors } = vendor;
  const base = own ?? {
    vendor: vendor.vendor,
    model,
    attempts,
    errors,
    rate_limited,
    consecutive_errors,
    first_byte_p50_ms: null,
    first_byte_p95_ms: null,
    total_p50_ms: null,
    total_p95_ms: null,
  };
  const until = Math.max(vendor.until ?? 0, own?.circuit === 'open' ? (own.until ?? 0) : 0);
  return { ...base, circuit, until: until === 0 ? null : until, taken_out: vendor.taken_out_until !== null };
}
