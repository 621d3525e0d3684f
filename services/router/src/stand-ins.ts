import { estimateCost, isVendorId, type Candidate, type Catalog, type ModelRecord } from '@skein/catalog';

/** More than these are never looked at: a stand-in is for the day the listed models are away. */
const MOST = 12;

/** A plain request by which prices are compared. */
const SAMPLE = { input: 1_000, output: 400 };

/**
 * Models of a vendor that may stand in when a plan would else hang on one vendor: served chat models whose quality is
 * known to reach the floor, the cheaper first; then the others by quality.
 */
export function rankStandIns(catalog: Catalog, vendor: string, qualityFloor: number): readonly Candidate[] {
  if (!isVendorId(vendor)) return [];
  const usable = catalog
    .modelsOf(vendor)
    .filter(
      ({ kind, status, capabilities }) =>
        kind === 'chat' && status !== 'deprecated' && capabilities.chat_completions !== false,
    );
  const worth = new Map(usable.map((record) => [record, worthOf(record, qualityFloor)]));
  return usable
    .sort((a, b) => (worth.get(b) ?? 0) - (worth.get(a) ?? 0))
    .slice(0, MOST)
    .map((record) => ({ vendor, model: record.model, record }));
}

/** Above 1,000 when it reaches the floor at a known price, and higher the cheaper; else its quality. */
function worthOf(record: ModelRecord, qualityFloor: number): number {
  const quality = record.quality ?? 0;
  const cost = estimateCost(record, SAMPLE.input, SAMPLE.output);
  if (cost === null) return quality - 100;
  return quality < qualityFloor ? quality : 1_000 + 1_000 / (1 + cost / 1_000_000);
}
