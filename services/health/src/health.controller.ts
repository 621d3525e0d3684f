import { Controller, Inject } from '@nestjs/common';
import { BUS } from '@skein/boot';
import { Serves, type Bus } from '@skein/bus';
import { SkeinError } from '@skein/contracts/errors';
import { OverrideVendor } from '@skein/contracts/health';
import { HealthWatch } from './health-watch.js';

@Controller()
export class HealthController {
  constructor(
    @Inject(HealthWatch) private readonly watch: HealthWatch,
    @Inject(BUS) private readonly bus: Bus,
  ) {}

  /** Operators only: the subject is not in the customers' account. */
  @Serves(OverrideVendor)
  async override({ vendor, out_ms }: { vendor: string; out_ms: number }) {
    const known = this.bus.fleet.vendors();
    if (out_ms > 0 && !known.has(vendor)) {
      throw new SkeinError(
        'not_found',
        `No worker serves "${vendor}"; there are ${[...known.keys()].sort().join(', ')}.`,
      );
    }
    return { taken_out_until: await this.watch.override(vendor, out_ms) };
  }
}
