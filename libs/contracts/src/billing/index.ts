export { ReportUsage } from './usage-report.js';
export { KeysSnapshot, limitsSchema, keyRecord, type KeyRecord, type KeyLimits, type KeysRevision } from './keys.js';
