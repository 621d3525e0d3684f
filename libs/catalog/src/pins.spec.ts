import { describe, expect, it } from '@jest/globals';
import { catalog } from './default-catalog.js';
import { pinsOf } from './pins.js';

describe('pins', () => {
  it('are of names that say latest, of all whose dated name is known, or of none', () => {
    expect(pinsOf(catalog, 'latest')).toMatchObject({ 'mistral/mistral-large-latest': 'mistral-large-2512' });
    expect(pinsOf(catalog, 'latest')).not.toHaveProperty('openai/gpt-4o');
    expect(pinsOf(catalog, 'all')).toMatchObject({
      'openai/gpt-4o': 'gpt-4o-2024-08-06',
      'mistral/mistral-large-latest': 'mistral-large-2512',
    });
    expect(pinsOf(catalog, 'off')).toEqual({});
  });

  it('cost what they mean', () => {
    const astray = Object.entries(pinsOf(catalog, 'all')).filter(([id, pin]) => {
      const floating = catalog.models.find((model) => model.id === id);
      const pinned = catalog.models.find((model) => model.vendor === floating?.vendor && model.model === pin);
      return pinned && JSON.stringify(pinned.prices) !== JSON.stringify(floating?.prices);
    });
    expect(astray).toEqual([]);
    const latest = catalog.recordOf('google', 'gemini-flash-latest');
    expect(latest?.prices).toEqual(catalog.recordOf('google', 'gemini-3.6-flash')?.prices);
  });
});
