import { describe, expect, it } from '@jest/globals';
import { noUsage } from '@skein/contracts/attempt';
import { vendorById, type VendorId } from '@skein/catalog';
import { readOpenAiUsage } from './read-openai-usage.js';

const read = (usage: unknown, vendor: VendorId = 'openai') => readOpenAiUsage(usage, vendorById(vendor).quirks);

describe('OpenAI-shaped usage', () => {
  it.each<[string, VendorId, object, object]>([
    ['plain', 'openai', { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 }, { input_uncached: 7, output: 3 }],
    ['of nothing', 'openai', { prompt_tokens: 0, completion_tokens: 0 }, {}],
    [
      'with cache, audio and reasoning within',
      'openai',
      {
        prompt_tokens: 100,
        completion_tokens: 50,
        total_tokens: 150,
        prompt_tokens_details: { cached_tokens: 60, audio_tokens: 10 },
        completion_tokens_details: { reasoning_tokens: 30, audio_tokens: 5 },
      },
      { input_uncached: 30, cache_read: 60, audio_in: 10, output: 45, reasoning: 30, audio_out: 5 },
    ],
    [
      'with reasoning on top, as the total says',
      'openai',
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 35,
        completion_tokens_details: { reasoning_tokens: 20 },
      },
      { input_uncached: 10, output: 25, reasoning: 20 },
    ],
    [
      'with reasoning on top, as the vendor’s row says',
      'xai',
      { prompt_tokens: 10, completion_tokens: 5, completion_tokens_details: { reasoning_tokens: 20 } },
      { input_uncached: 10, output: 25, reasoning: 20 },
    ],
    [
      'with audio on top, as Mistral counts',
      'mistral',
      { prompt_tokens: 9, completion_tokens: 201, total_tokens: 585, prompt_tokens_details: { audio_tokens: 375 } },
      { input_uncached: 9, audio_in: 375, output: 201 },
    ],
    [
      'with DeepSeek’s name for the cache',
      'deepseek',
      { prompt_tokens: 10, completion_tokens: 1, prompt_cache_hit_tokens: 8, prompt_cache_miss_tokens: 2 },
      { input_uncached: 2, cache_read: 8, output: 1 },
    ],
    [
      'with more cached than there was',
      'openai',
      { prompt_tokens: 10, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 99 } },
      { cache_read: 10, output: 1 },
    ],
  ])('%s', (_, vendor, usage, expected) => {
    expect(read(usage, vendor)).toEqual({ ...noUsage, ...expected });
  });

  it.each([undefined, null, 'x', {}, { prompt_tokens: '7' }, { prompt_tokens: -1, completion_tokens: 1.5 }])(
    'is not there in %j',
    (usage) => expect(read(usage)).toBeNull(),
  );
});
