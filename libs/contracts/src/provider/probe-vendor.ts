import { z } from 'zod';
import { rpc } from '../make/makers.js';

const probeContract = (subject: string) =>
  rpc({
    subject,
    request: z.object({ within_ms: z.number().positive() }),
    reply: z.object({
      /** Did the vendor answer with anything that is not a failure of its own? */
      answered: z.boolean(),
      status: z.int().nullable(),
      ms: z.number().nonnegative(),
    }),
    deadlineMs: 10_000,
  });

const contracts = new Map<string, ReturnType<typeof probeContract>>();

/** Is the vendor there, and how fast? A call that costs no tokens. `skein.rpc.provider.<vendor>.probe.v1`. */
export function probeVendorAt(vendor: string): ReturnType<typeof probeContract> {
  let contract = contracts.get(vendor);
  if (contract === undefined) {
    contract = probeContract(`skein.rpc.provider.${vendor}.probe.v1`);
    contracts.set(vendor, contract);
  }
  return contract;
}
