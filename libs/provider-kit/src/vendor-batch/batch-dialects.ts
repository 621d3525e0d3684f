import type { VendorId } from '@skein/catalog';
import type { BatchVendor } from '@skein/contracts/provider';
import { anthropicBatches } from './anthropic-batch.js';
import type { BatchDialect } from './batch-dialect.js';
import { geminiBatches } from './gemini-batch.js';
import { mistralBatches } from './mistral-batch.js';
import { openAiBatches } from './openai-batch.js';

/** Vendors whose own batch API is spoken. */
const dialects: Readonly<Record<BatchVendor, BatchDialect>> = {
  openai: openAiBatches,
  groq: openAiBatches,
  anthropic: anthropicBatches,
  google: geminiBatches,
  mistral: mistralBatches,
};

export const batchDialects: Readonly<Partial<Record<VendorId, BatchDialect>>> = dialects;
