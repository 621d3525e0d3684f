export { runAttemptAt, attemptOrder, attemptOutcome, type AttemptOrder, type AttemptOutcome } from './run-attempt.js';
export { probeVendorAt } from './probe-vendor.js';
export {
  VENDOR_BATCH_MAX,
  batchVendors,
  cancelVendorBatchAt,
  collectVendorBatchAt,
  lookAtVendorBatchAt,
  submitVendorBatchAt,
  vendorBatchItem,
  vendorBatchResult,
  vendorBatchStates,
  type BatchVendor,
  type VendorBatchItem,
  type VendorBatchLook,
  type VendorBatchResult,
} from './vendor-batch.js';
