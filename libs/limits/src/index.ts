export { openLimiter, type Limiter, type LimiterOptions } from './limiter.js';
export {
  limitNames,
  type Admission,
  type AdmissionRequest,
  type Admitted,
  type LimitName,
  type Refused,
  type Remaining,
  type Scope,
} from './admission.js';
export { openIdempotencyBook, type HeldKey, type IdempotencyBook, type IdempotencyClaim } from './idempotency.js';
export { readStoreDown, storeDownForAll, type StoreDown, type StoreDownWord } from './store-down.js';
