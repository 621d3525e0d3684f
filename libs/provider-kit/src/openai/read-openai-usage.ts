import { noUsage, type UsageBuckets } from '@skein/contracts/attempt';
import type { VendorQuirks } from '@skein/catalog';
import { countOf, isObject, valueAt } from '../json.js';

const firstCount = (usage: unknown, paths: readonly string[]): number => {
  for (const path of paths) {
    const count = countOf(valueAt(usage, path));
    if (count !== null) return count;
  }
  return 0;
};

const REASONING_PATHS = ['completion_tokens_details.reasoning_tokens', 'reasoning_tokens'];
const CACHE_WRITE_PATHS = ['prompt_tokens_details.cache_write_tokens', 'cache_creation_input_tokens'];

/**
 * OpenAI-shaped `usage` in the normal form; null when it holds no counts. Vendors differ in whether reasoning (and, at
 * Mistral, audio) lies within the two counts or comes on top: the total says which, where there is one; else the vendor's
 * row in the catalogue does.
 */
export function readOpenAiUsage(usage: unknown, quirks: VendorQuirks): UsageBuckets | null {
  if (!isObject(usage)) return null;
  const prompt = countOf(usage.prompt_tokens);
  const completion = countOf(usage.completion_tokens);
  if (prompt === null && completion === null) return null;
  const written = completion ?? 0;
  const heard = firstCount(usage, ['prompt_tokens_details.audio_tokens']);
  const thought = firstCount(usage, REASONING_PATHS);
  const total = countOf(usage.total_tokens);
  const beyond = total === null ? 0 : total - (prompt ?? 0) - written;
  const heardOnTop = heard > 0 && (beyond === heard || beyond === heard + thought);
  const thoughtOnTop =
    thought > 0 &&
    (total === null ? !quirks.completionIncludesReasoning : beyond === thought + (heardOnTop ? heard : 0));

  let left = (prompt ?? 0) + (heardOnTop ? heard : 0);
  const take = (tokens: number) => {
    const taken = Math.min(tokens, left);
    left -= taken;
    return taken;
  };
  const cache_read = take(firstCount(usage, quirks.cacheHitFields));
  const cache_write_5m = take(firstCount(usage, CACHE_WRITE_PATHS));
  const audio_in = take(heard);
  const image_in = take(firstCount(usage, ['prompt_tokens_details.image_tokens']));
  const audio_out = Math.min(firstCount(usage, ['completion_tokens_details.audio_tokens']), written);
  const output = written - audio_out + (thoughtOnTop ? thought : 0);
  return {
    ...noUsage,
    input_uncached: left,
    cache_read,
    cache_write_5m,
    audio_in,
    image_in,
    output,
    reasoning: Math.min(thought, output),
    audio_out,
  };
}
