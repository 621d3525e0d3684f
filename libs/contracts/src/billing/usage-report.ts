import { z } from 'zod';
import { usageBuckets } from '../attempt/usage.js';
import { rpc } from '../make/makers.js';

/** What a key has used since a moment, from the ledger. */
export const ReportUsage = rpc({
  subject: 'skein.rpc.billing.usage.v1',
  request: z.object({
    tenant: z.string(),
    key_id: z.string(),
    /** Milliseconds since the epoch; null: from the beginning. */
    since: z.int().nullable(),
  }),
  reply: z.object({
    requests: z.int(),
    attempts: z.int(),
    /** Attempts whose outcome nobody knows; they post nothing. */
    unknown: z.int(),
    tokens: usageBuckets,
    cost_nano_usd: z.int(),
  }),
  errors: ['unavailable'],
  deadlineMs: 10_000,
});
