import { openAiDialect } from '@skein/provider-kit';
import {
  describeConformance,
  describeFuzz,
  isWholeSet,
  openAiShaped,
  readFixtures,
} from '@skein/provider-kit/conformance';
import { compatibleVendors } from './compatible-room.js';

/** Servers that anybody may run, and whose recordings stand for any other. */
const selfHosted = ['gpustack', 'llamacpp', 'huggingface'];
/** Folders that only the whole set has. */
const others = isWholeSet ? ['anthropic-openai-compat'] : [];

for (const vendor of compatibleVendors.filter((id) => readFixtures(id).length > 0)) {
  describeConformance(openAiDialect(vendor), vendor, openAiShaped);
}
for (const folder of [...selfHosted, ...others]) describeConformance(openAiDialect('custom'), folder, openAiShaped);
// One reader for them all; these vendors' streams differ most.
for (const vendor of ['mistral', 'deepseek', 'openrouter'] as const) {
  describeFuzz(openAiDialect(vendor), vendor, openAiShaped);
}
