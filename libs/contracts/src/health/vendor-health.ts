import { z } from 'zod';
import { snapshot } from '../make/makers.js';

const circuitState = z.enum(['closed', 'open', 'half_open']);

const figures = {
  attempts: z.int().nonnegative(),
  errors: z.int().nonnegative(),
  rate_limited: z.int().nonnegative(),
  consecutive_errors: z.int().nonnegative(),
  first_byte_p50_ms: z.number().nullable(),
  first_byte_p95_ms: z.number().nullable(),
  total_p50_ms: z.number().nullable(),
  total_p95_ms: z.number().nullable(),
};

/** How a deployment has been doing lately, from attempt facts. */
export const deploymentHealth = z.object({
  vendor: z.string(),
  model: z.string(),
  /** `open`: nothing is sent there until `until`. */
  circuit: circuitState,
  /** Milliseconds since the epoch, when open. */
  until: z.int().nullable(),
  /** It errs more often than a backup should have to bear: it stands behind the others until it is well again. */
  rolled_back: z.boolean().optional(),
  /** An operator took its vendor out: not even who asks by name gets there. */
  taken_out: z.boolean().optional(),
  ...figures,
});
export type DeploymentHealth = z.infer<typeof deploymentHealth>;

/** A vendor as a whole: what probes and operators say of it binds all its models. */
export const vendorHealth = z.object({
  vendor: z.string(),
  circuit: circuitState,
  /** Milliseconds since the epoch, when open. */
  until: z.int().nullable(),
  /** Taken out by an operator until then; null: not. */
  taken_out_until: z.int().nullable(),
  /** The last probe; null: none yet. */
  probe: z.object({ at: z.int(), ms: z.number().nonnegative(), answered: z.boolean() }).nullable(),
  ...figures,
});
export type VendorHealth = z.infer<typeof vendorHealth>;

/** The same figures by one key (its place and hash) or one region of a vendor. */
export const healthGroup = z.object({
  by: z.enum(['key', 'region']),
  vendor: z.string(),
  name: z.string(),
  ...figures,
});
export type HealthGroup = z.infer<typeof healthGroup>;

export const circuitReasons = [
  'consecutive_errors',
  'error_rate',
  'latency',
  'probe',
  'operator',
  'time_over',
  'answered',
] as const;

/** A circuit that went from one state to another; `model` null: the whole vendor. */
export const circuitChange = z.object({
  vendor: z.string(),
  model: z.string().nullable(),
  from: circuitState,
  to: circuitState,
  until: z.int().nullable(),
  why: z.enum(circuitReasons),
  /** Milliseconds since the epoch. */
  at: z.int(),
});
export type CircuitChange = z.infer<typeof circuitChange>;

/** States and history, for every router and conductor. */
export const HealthSnapshot = snapshot({
  bucket: 'skein-health',
  key: 'deployments',
  body: z.object({
    revision: z.string(),
    at: z.int(),
    deployments: z.array(deploymentHealth),
    vendors: z.array(vendorHealth).optional(),
    groups: z.array(healthGroup).optional(),
    /** The last changes, the newest first. */
    history: z.array(circuitChange).optional(),
  }),
});
export type HealthRevision = z.infer<typeof HealthSnapshot.body>;
