import { describe, expect, it } from '@jest/globals';
import type { VendorId } from '@skein/catalog';
import { chooseVendors } from './choose-vendors.js';

const served: VendorId[] = ['openai', 'anthropic', 'groq'];
const liveOnes =
  (...live: VendorId[]) =>
  (vendor: VendorId) =>
    live.includes(vendor);

describe('choosing vendors', () => {
  it.each([
    ['auto', [], { live: [], sandboxed: served }],
    ['auto', ['groq'], { live: ['groq'], sandboxed: [] }],
    ['on', ['groq'], { live: ['groq'], sandboxed: ['openai', 'anthropic'] }],
    ['on', [], { live: [], sandboxed: served }],
    ['off', [], { live: [], sandboxed: [] }],
    ['off', ['openai'], { live: ['openai'], sandboxed: [] }],
  ] as const)('SANDBOX=%s with keys for %j', (mode, live, expected) => {
    expect(chooseVendors(mode, served, liveOnes(...live))).toEqual(expected);
  });
});
