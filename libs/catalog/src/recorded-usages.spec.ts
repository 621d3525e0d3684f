import { describe, expect, it } from '@jest/globals';
import { usageBuckets } from '@skein/contracts/attempt';
import recorded from '../test/recorded-usages.json' with { type: 'json' };
import { catalog } from './default-catalog.js';
import { isVendorId } from './vendors.js';

/** Newer than any price in the data, so that the newest hold. */
const TODAY = '2026-11-21';

function costAt(vendor: string, model: string, buckets: unknown): unknown {
  if (!isVendorId(vendor)) throw new Error(`${vendor} is no vendor`);
  return catalog.costOfAttempt(catalog.recordOf(vendor, model), usageBuckets.parse(buckets), TODAY);
}

describe('usages as vendors sent them', () => {
  it.each(recorded.usages.map((usage) => [`${usage.vendor}/${usage.model}`, usage] as const))(
    'cost at %s what the price list says, to the nano-dollar',
    (_, { vendor, model, buckets, cost_nano_usd, assumed }) => {
      expect(costAt(vendor, model, buckets)).toMatchObject({ cost_nano_usd, assumed });
    },
  );

  it('are of most vendors, several of each that was recorded often', () => {
    const byVendor = Map.groupBy(recorded.usages, ({ vendor }) => vendor);
    expect(byVendor.size).toBeGreaterThanOrEqual(16);
    const often = [...byVendor].filter(([, usages]) => usages.length >= 3).map(([vendor]) => vendor);
    expect(often).toEqual(
      expect.arrayContaining(['openai', 'anthropic', 'google', 'bedrock', 'cohere', 'azure', 'mistral', 'groq', 'xai']),
    );
  });
});
