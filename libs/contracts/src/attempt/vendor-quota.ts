import { z } from 'zod';

const count = z.int().nonnegative().nullable();

/** What a vendor said in its headers of its rate limits, for the key that was used; null: it does not say. */
export const vendorQuota = z.object({
  requests_limit: count,
  requests_left: count,
  tokens_limit: count,
  tokens_left: count,
  /** Until the window begins anew, ms. */
  resets_in_ms: z.number().nonnegative(),
});
export type VendorQuota = z.infer<typeof vendorQuota>;
