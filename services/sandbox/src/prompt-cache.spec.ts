import { describe, expect, it } from '@jest/globals';
import { PromptCache } from './prompt-cache.js';

describe('prompt cache', () => {
  const short = { key: 'system', tokens: 1000 };
  const long = { key: 'system+turn', tokens: 1500 };

  it('writes a prefix at first and reads it while it lives', () => {
    const cache = new PromptCache();
    expect(cache.look([short], 100, 0)).toEqual({ read: 0, written: 1000 });
    expect(cache.look([short], 100, 99)).toEqual({ read: 1000, written: 0 });
    expect(cache.look([short], 100, 300)).toEqual({ read: 0, written: 1000 });
  });

  it('reads the longest known prefix and writes the rest', () => {
    const cache = new PromptCache();
    cache.look([short], 100, 0);
    expect(cache.look([short, long], 100, 1)).toEqual({ read: 1000, written: 500 });
  });
});
