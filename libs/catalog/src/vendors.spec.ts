import { describe, expect, it } from '@jest/globals';
import { VENDOR_IDS, isVendorId, vendorById, vendors } from './index.js';

describe('the vendor table', () => {
  it('has one row for every id, under that id', () => {
    expect(vendors.map(({ id }) => id)).toEqual([...VENDOR_IDS]);
    expect(new Set(VENDOR_IDS).size).toBe(24);
    for (const id of VENDOR_IDS) expect(vendorById(id).id).toBe(id);
  });

  it('knows a vendor from any other text', () => {
    expect(isVendorId('groq')).toBe(true);
    expect(isVendorId('GROQ')).toBe(false);
    expect(isVendorId('toString')).toBe(false);
    expect(isVendorId('')).toBe(false);
  });

  it('names variables by the id in capitals', () => {
    for (const { id, keyVariable, optionalKeyVariable, baseUrlVariable } of vendors) {
      expect(baseUrlVariable).toBe(`${id.toUpperCase()}_BASE_URL`);
      expect(keyVariable ?? optionalKeyVariable).toBe(`${id.toUpperCase()}_API_KEY`);
    }
  });

  it('asks a key of everyone but self-hosted vendors, which a base URL makes live', () => {
    const keyless = vendors.filter(({ keyVariable }) => keyVariable === null).map(({ id }) => id);
    expect(keyless).toEqual(['ollama', 'vllm', 'custom']);
  });

  it('leaves the base URL to the operator exactly where only he can know it', () => {
    const withoutUrl = vendors.filter(({ defaultBaseUrl }) => defaultBaseUrl === null).map(({ id }) => id);
    expect(withoutUrl).toEqual(['vertex', 'bedrock', 'azure', 'vllm', 'custom']);
  });

  it('has base URLs that a path can be appended to', () => {
    for (const { defaultBaseUrl } of vendors) {
      if (defaultBaseUrl === null) continue;
      expect(defaultBaseUrl).not.toMatch(/\/$/);
      expect(['https:', 'http:']).toContain(new URL(defaultBaseUrl).protocol);
    }
  });

  it('marks vendors without recorded traffic as unverified', () => {
    const unverified = vendors.filter(({ verified }) => !verified).map(({ id }) => id);
    expect(unverified).toEqual(['doubao', 'moonshot', 'minimax', 'fireworks', 'vllm', 'custom']);
  });

  it('keeps the differences that recordings show', () => {
    expect(vendorById('groq').quirks.streamUsagePaths).toEqual(['usage', 'x_groq.usage']);
    expect(vendorById('mistral').quirks.seedField).toBe('random_seed');
    expect(vendorById('deepseek').quirks.cacheHitFields[0]).toBe('prompt_cache_hit_tokens');
    expect(vendorById('xai').quirks.completionIncludesReasoning).toBe(false);
    expect(vendorById('anthropic').quirks.tokenFactor).toBe(1.25);
  });

  it('can not be changed', () => {
    expect(Object.isFrozen(vendors)).toBe(true);
    expect(Object.isFrozen(vendorById('openai').quirks)).toBe(true);
  });
});
