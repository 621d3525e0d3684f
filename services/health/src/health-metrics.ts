import type { DeploymentHealth } from '@skein/contracts/health';
import { counter, type Observation } from '@skein/telemetry';
import type { Alert } from './alerts.js';
import type { VendorStanding } from './vendor-circuits.js';

const levels: Record<DeploymentHealth['circuit'], number> = { closed: 0, half_open: 1, open: 2 };
const alerts = counter('skein_alerts', 'Alerts of the health room');

export function countAlert({ kind, vendor }: Alert): void {
  alerts.add(1, { kind, vendor });
}

/** One value for each deployment, and one for each vendor as a whole (no model). */
export function observeCircuits(
  deployments: readonly DeploymentHealth[],
  vendors: readonly VendorStanding[],
): Observation[] {
  return [
    ...deployments.map(({ vendor, model, circuit }) => ({ value: levels[circuit], labels: { vendor, model } })),
    ...vendors.map(({ vendor, circuit }) => ({ value: levels[circuit], labels: { vendor } })),
  ];
}
