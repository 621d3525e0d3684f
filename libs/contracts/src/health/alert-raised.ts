import { z } from 'zod';
import { fact } from '../make/makers.js';

export const alertKinds = [
  'circuit_opened',
  'circuit_closed',
  'rolled_back',
  'restored',
  'taken_out',
  'model_drifted',
] as const;

/** Something an operator may want to know now. Stated by the health room, once for each change. */
export const AlertRaised = fact({
  subject: 'skein.fact.alert.raised.v1',
  body: z.object({
    id: z.string(),
    kind: z.enum(alertKinds),
    vendor: z.string(),
    /** Null: the whole vendor. */
    model: z.string().nullable(),
    /** One short sentence for people. */
    message: z.string(),
    /** Milliseconds since the epoch, where it has an end. */
    until: z.int().nullable(),
    at: z.int(),
  }),
  idOf: (body) => body.id,
});
export type AlertRaisedFact = z.infer<typeof AlertRaised.body>;
