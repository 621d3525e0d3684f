import { z } from 'zod';
import { snapshot } from '../make/makers.js';

/** Bounds over any number of gateways; null: none. */
export const limitsSchema = z.object({
  requests_per_minute: z.int().positive().nullable(),
  tokens_per_minute: z.int().positive().nullable(),
  in_flight: z.int().positive().nullable(),
});
export type KeyLimits = z.infer<typeof limitsSchema>;

export const keyRecord = z.object({
  id: z.string(),
  /** SHA-256 of the key, hex. The key itself is kept nowhere. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  tenant: z.string(),
  project: z.string().nullable(),
  user: z.string().nullable(),
  admin: z.boolean(),
  limits: limitsSchema,
});
export type KeyRecord = z.infer<typeof keyRecord>;

/** Every key of the mesh, as every gateway watches it. */
export const KeysSnapshot = snapshot({
  bucket: 'skein-keys',
  key: 'current',
  body: z.object({
    revision: z.string(),
    keys: z.array(keyRecord),
    /** Limits of a tenant as a whole, over all its keys. */
    tenants: z.record(z.string(), limitsSchema),
  }),
});
export type KeysRevision = z.infer<typeof KeysSnapshot.body>;
