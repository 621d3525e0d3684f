export { HealthSnapshot, deploymentHealth, type DeploymentHealth, type HealthRevision } from './vendor-health.js';
