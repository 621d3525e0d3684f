import { z } from 'zod';

/** `skein.ctl.<instance>`: anyone upstream tells a worker or a conductor to stop. */
export const cancelMessage = z.object({
  request: z.string().optional(),
  attempt: z.string().optional(),
  reason: z.string(),
  mode: z.enum(['drain', 'cut']),
});
export type CancelMessage = z.infer<typeof cancelMessage>;

export const controlSubject = (instance: string): string => `skein.ctl.${instance}`;

/** A vendor served by a worker process, as it announces itself. */
export const announcedVendor = z.object({
  vendor: z.string(),
  /** `sandbox`: its base URL is our own sandbox; nothing it says costs money. */
  mode: z.enum(['live', 'sandbox']),
  /** Attempts it runs at once. */
  concurrency: z.int().positive(),
  /** How many keys it has, and how many of them the vendor rejected. */
  keys: z.object({ total: z.int().positive(), set_aside: z.int().nonnegative() }).optional(),
});
export type AnnouncedVendor = z.infer<typeof announcedVendor>;

/** `skein.beat.<instance>`, every 500 ms: three missed beats fail what the process held. */
export const beat = z.object({
  instance: z.string(),
  rooms: z.array(z.string()),
  vendors: z.array(announcedVendor),
  /** True while the process finishes its work and takes no more. */
  draining: z.boolean(),
  /** Vendors without a worker that had one a while ago, so that who starts meanwhile takes none for unknown. */
  away: z.array(z.object({ vendor: z.string(), ago_ms: z.int().nonnegative() })).optional(),
  /** Why the process takes no work at the moment, in a few words for people; left out while it does. */
  refuses: z.string().optional(),
});
export type Beat = z.infer<typeof beat>;

export const BEAT_INTERVAL_MS = 500;
export const MISSED_BEATS = 3;
export const beatSubject = (instance: string): string => `skein.beat.${instance}`;
export const BEAT_WILDCARD = 'skein.beat.*';
