export {
  HealthSnapshot,
  circuitReasons,
  deploymentHealth,
  type CircuitChange,
  type DeploymentHealth,
  type HealthGroup,
  type HealthRevision,
  type VendorHealth,
} from './vendor-health.js';
export { OverrideVendor } from './override-vendor.js';
export { AlertRaised, alertKinds, type AlertRaisedFact } from './alert-raised.js';
