import { describe, expect, it } from '@jest/globals';
import { meshVendors, withoutVendorKeys } from './mesh-processes.js';

describe('the processes of a mesh', () => {
  it('serve the live vendors, and with none live one of each kind from the sandbox', () => {
    expect(meshVendors({ vendors: { live: ['mistral'], sandboxed: [] } })).toEqual(['mistral']);
    expect(meshVendors({ vendors: { live: [], sandboxed: ['xai', 'openai', 'groq', 'anthropic', 'google'] } })).toEqual(
      ['openai', 'groq', 'anthropic', 'google'],
    );
  });

  it('hold no vendor key but their own', () => {
    const environment = { OPENAI_API_KEY: 'a', GROQ_API_KEY: 'b', GROQ_API_KEY_FILE: 'c', PATH: '/bin' };
    expect(withoutVendorKeys(environment)).toEqual({ PATH: '/bin' });
    expect(withoutVendorKeys(environment, 'openai')).toEqual({ OPENAI_API_KEY: 'a', PATH: '/bin' });
  });
});
