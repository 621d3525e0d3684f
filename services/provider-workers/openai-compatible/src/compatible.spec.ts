import { openAiDialect } from '@skein/provider-kit';
import {
  askingForResponses,
  describeConformance,
  describeFuzz,
  isWholeSet,
  openAiShaped,
  readFixtures,
  responsesShaped,
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
// Whoever serves Responses, and a server that anybody may run.
for (const vendor of ['azure', 'xai', 'deepseek', 'openrouter'] as const) {
  describeConformance(askingForResponses(openAiDialect(vendor)), vendor, responsesShaped);
}
describeConformance(askingForResponses(openAiDialect('custom')), 'lmstudio', responsesShaped);
// One reader for them all; these vendors' streams differ most.
for (const vendor of ['mistral', 'deepseek', 'openrouter'] as const) {
  describeFuzz(openAiDialect(vendor), vendor, openAiShaped);
}
