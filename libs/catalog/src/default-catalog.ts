/** The catalogue that ships: generated rows plus the hand-kept overlay, checked whole when the module is loaded. */
import { z } from 'zod';
import models from '../data/models.json' with { type: 'json' };
import aliases from '../data/overlay/aliases.json' with { type: 'json' };
import added from '../data/overlay/models.json' with { type: 'json' };
import media from '../data/overlay/media-models.json' with { type: 'json' };
import pins from '../data/overlay/pins.json' with { type: 'json' };
import priceLists from '../data/overlay/price-lists.json' with { type: 'json' };
import quality from '../data/overlay/quality.json' with { type: 'json' };
import terms from '../data/overlay/vendor-terms.json' with { type: 'json' };
import { aliasSchema, createCatalog } from './catalog.js';
import { modelRowSchema } from './model.js';
import { layOver, overlaySchema, termsOf } from './overlay.js';
import type { AttemptCost, Resolution } from './catalog.js';
import type { CostTerms } from './cost.js';
import type { ModelRecord } from './model.js';
import type { UsageBuckets } from '@skein/contracts/attempt';

const rows = z.array(modelRowSchema).parse(models.models);
const overlay = overlaySchema.parse({
  ...added,
  models: [...added.models, ...media.models],
  quality: quality.quality,
  price_lists: priceLists.price_lists,
  pins: pins.pins,
  terms: terms.terms,
});

/** The catalogue of this release. */
export const catalog = createCatalog(
  layOver(rows, overlay),
  z.array(aliasSchema).parse(aliases.aliases),
  termsOf(overlay),
);

/** A hash of the whole data: the price revision of postings. */
export const catalogRevision: string = catalog.revision;

/**
 * What a caller's model name means. `vendor/model` splits at the first slash and is never replaced; a bare name leads to
 * every vendor that serves it, its maker first. `auto` and `workflow/…` are not models: ask before.
 */
export function resolveModel(name: string): Resolution {
  return catalog.resolve(name);
}

/**
 * Cost of recorded usage in nano-USD (null: price unknown) with the revision it was computed by.
 * `onDate` (ISO) picks the prices of that day; without it the newest known. `terms`: batch.
 */
export function costOfAttempt(
  record: ModelRecord | null,
  usage: UsageBuckets,
  onDate?: string,
  terms?: CostTerms,
): AttemptCost {
  return catalog.costOfAttempt(record, usage, onDate, terms);
}
