export { aliasSchema, createCatalog } from './catalog.js';
export { batchTermsOf, computeCost, estimateCost, pricesOf } from './cost.js';
export { hasDrifted } from './drift.js';
export { catalogWith, extendCatalog } from './extend-catalog.js';
export { pinsOf } from './pins.js';
export { catalog, catalogRevision, costOfAttempt, resolveModel } from './default-catalog.js';
export { CAPABILITIES, modelRowSchema, priceBucketsSchema } from './model.js';
export { formatUsd, parseUsd, picoUsdPerToken } from './money.js';
export { bareName, nameKey } from './names.js';
export { layOver, overlaySchema, termsOf } from './overlay.js';
export { audioEventsOf, plainServiceOf, servesPlain, type PlainService } from './plain-paths.js';
export { qualityFor } from './quality.js';
export { CATALOG_TASKS, catalogTask, expectedOutputTokens } from './tasks.js';
export { anthropicBody, converseBody } from './vendor-fields.js';
export { VENDOR_IDS } from './vendor.js';
export { complies, servesRegion, unknownTerms } from './vendor-terms.js';
export { isVendorId, vendorById, vendors } from './vendors.js';
export type { Alias, AttemptCost, Candidate, Catalog, Resolution } from './catalog.js';
export type { Cost, CostTerms } from './cost.js';
export type { AdditionProblem, Extension } from './extend-catalog.js';
export type {
  Capability,
  ExchangeRate,
  ModelRecord,
  ModelRow,
  PriceList,
  PriceBuckets,
  PricePeriod,
  QualityEvidence,
} from './model.js';
export type { Overlay } from './overlay.js';
export type { CatalogTask } from './tasks.js';
export type { LackRule, Vendor, VendorAdapterName, VendorId, VendorQuirks } from './vendor.js';
export type { BatchTerms, ChannelTerms, ComplianceTerm, TermsByVendor, VendorTerms } from './vendor-terms.js';
