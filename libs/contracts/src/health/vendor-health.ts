import { z } from 'zod';
import { snapshot } from '../make/makers.js';

/** How a deployment has been doing lately, from attempt facts. */
export const deploymentHealth = z.object({
  vendor: z.string(),
  model: z.string(),
  /** `open`: nothing is sent there until `until`. */
  circuit: z.enum(['closed', 'open', 'half_open']),
  /** Milliseconds since the epoch, when open. */
  until: z.int().nullable(),
  attempts: z.int().nonnegative(),
  errors: z.int().nonnegative(),
  rate_limited: z.int().nonnegative(),
  consecutive_errors: z.int().nonnegative(),
  first_byte_p50_ms: z.number().nullable(),
  first_byte_p95_ms: z.number().nullable(),
  total_p50_ms: z.number().nullable(),
  total_p95_ms: z.number().nullable(),
});
export type DeploymentHealth = z.infer<typeof deploymentHealth>;

export const HealthSnapshot = snapshot({
  bucket: 'skein-health',
  key: 'deployments',
  body: z.object({ revision: z.string(), at: z.int(), deployments: z.array(deploymentHealth) }),
});
export type HealthRevision = z.infer<typeof HealthSnapshot.body>;
