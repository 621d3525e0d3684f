import { describe, expect, it } from '@jest/globals';
import { catalog } from './default-catalog.js';
import { complies, servesRegion, unknownTerms } from './vendor-terms.js';
import type { ComplianceTerm, VendorTerms } from './vendor-terms.js';

const term = (part: Partial<ComplianceTerm>): VendorTerms => ({
  ...unknownTerms,
  compliance: [
    { tag: 'HIPAA', holds: 'always', evidence: 'https://example.com', date: '2026-01-01', agreed: false, ...part },
  ],
});

describe('a compliance demand', () => {
  it('is satisfied by evidence alone, or by an agreement that is in force', () => {
    expect(complies(term({}), 'HIPAA')).toBe(true);
    expect(complies(term({ holds: 'by_agreement' }), 'HIPAA')).toBe(false);
    expect(complies(term({ holds: 'by_agreement', agreed: true }), 'HIPAA')).toBe(true);
  });

  it('is never satisfied by what is unknown', () => {
    expect(complies(unknownTerms, 'HIPAA')).toBe(false);
    expect(complies(term({}), 'GDPR')).toBe(false);
    expect(complies(catalog.termsOf('custom', null), 'SOC2')).toBe(false);
  });

  it('reads the terms of a vendor for a model that the catalogue lacks', () => {
    expect(complies(catalog.termsOf('openai', null), 'SOC2')).toBe(true);
    expect(complies(catalog.termsOf('openai', catalog.recordOf('openai', 'gpt-4o')), 'zero_retention')).toBe(false);
  });

  it('has a link and a date behind every tag', () => {
    const all = [...catalog.terms.values()].flatMap(({ compliance }) => compliance);
    expect(all.length).toBeGreaterThan(10);
    for (const { evidence, date, agreed } of all) {
      expect(new URL(evidence).protocol).toBe('https:');
      expect(date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
      expect(agreed).toBe(false);
    }
  });
});

describe('a demand for a region', () => {
  const at = (...regions: string[]): VendorTerms => ({ ...unknownTerms, regions });

  it('is satisfied by the place and by what lies in it, not by what is wider', () => {
    expect(servesRegion(at('eu-west-1'), 'eu')).toBe(true);
    expect(servesRegion(at('EU'), 'eu')).toBe(true);
    expect(servesRegion(at('eu'), 'eu-west-1')).toBe(false);
    expect(servesRegion(at('us-east-1'), 'eu')).toBe(false);
    expect(servesRegion(at('europe'), 'eu')).toBe(false);
  });

  it('is not satisfied where it may run elsewhere too, nor by what is unknown', () => {
    expect(servesRegion(at('eu', 'us'), 'eu')).toBe(false);
    expect(servesRegion(at(), 'eu')).toBe(false);
    expect(servesRegion(unknownTerms, 'eu')).toBe(false);
  });
});
