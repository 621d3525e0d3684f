import { openAiDialect } from '@skein/provider-kit';
import { describeConformance, describeFuzz, isWholeSet, openAiShaped } from '@skein/provider-kit/conformance';
import type { VendorId } from '@skein/catalog';

/** Folders of recordings, by the row that reads them. */
const recorded: readonly [VendorId, string][] = [
  ['azure', 'azure'],
  ['mistral', 'mistral'],
  ['groq', 'groq'],
  ['xai', 'xai'],
  ['deepseek', 'deepseek'],
  ['qwen', 'qwen'],
  ['zhipu', 'zhipu'],
  ['moonshot', 'moonshot'],
  ['together', 'together'],
  ['fireworks', 'fireworks'],
  ['openrouter', 'openrouter'],
  ['perplexity', 'perplexity'],
  ['cerebras', 'cerebras'],
  ['ollama', 'ollama'],
  ['custom', 'gpustack'],
  ['custom', 'llamacpp'],
  ['custom', 'huggingface'],
];

/** Folders that only the whole set has. */
const others: readonly [VendorId, string][] = isWholeSet ? [['custom', 'anthropic-openai-compat']] : [];

for (const [vendor, folder] of [...recorded, ...others]) {
  describeConformance(openAiDialect(vendor), folder, openAiShaped);
}
// One reader for them all; these vendors' streams differ most.
for (const vendor of ['mistral', 'deepseek', 'openrouter'] as const) {
  describeFuzz(openAiDialect(vendor), vendor, openAiShaped);
}
