import { z } from 'zod';
import { rpc } from '../make/makers.js';

/** An operator takes a vendor out for a while, or puts it back: nothing is sent there meanwhile. */
export const OverrideVendor = rpc({
  subject: 'skein.rpc.health.override.v1',
  request: z.object({
    vendor: z.string().min(1),
    /** Milliseconds from now; 0 puts it back. */
    out_ms: z
      .int()
      .nonnegative()
      .max(24 * 3_600_000),
  }),
  reply: z.object({ taken_out_until: z.int().nullable() }),
  errors: ['not_found'],
  deadlineMs: 2_000,
});
