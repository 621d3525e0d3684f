import { openAiDialect } from '@skein/provider-kit';
import { describeConformance, openAiShaped } from '@skein/provider-kit/conformance';
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

for (const [vendor, folder] of recorded) describeConformance(openAiDialect(vendor), folder, openAiShaped);
