/** Vendors that the mesh rests or has rolled back just now, from what the operators' list of vendors says. Pure. */
import { z } from 'zod';

const health = z.looseObject({
  vendor: z.string(),
  circuit: z.string().optional(),
  rolled_back: z.boolean().optional(),
  taken_out: z.boolean().optional(),
});

/** The reply of `GET /v1/vendors`, as far as a drill reads it. */
export const vendorsReply = z.looseObject({
  vendors: z.array(health),
  deployments: z.array(health).default([]),
});
export type VendorsReply = z.infer<typeof vendorsReply>;

/** Each once, by name. Half open counts: it is being tried out, not trusted. */
export function restingVendors({ vendors, deployments }: VendorsReply): readonly string[] {
  const rests = [...vendors, ...deployments].filter(
    ({ circuit = 'closed', rolled_back, taken_out }) =>
      circuit !== 'closed' || rolled_back === true || taken_out === true,
  );
  return [...new Set(rests.map(({ vendor }) => vendor))].sort();
}
