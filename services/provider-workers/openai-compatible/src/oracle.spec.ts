import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { VendorId } from '@skein/catalog';
import { openAiDialect } from '@skein/provider-kit';
import {
  bodyOf,
  dataLinesOf,
  describeOracle,
  openAiShaped,
  readFixtures,
  type Heard,
  type Oracle,
} from '@skein/provider-kit/conformance';
import { compatibleVendors } from './compatible-room.js';

const oracle: Oracle = {
  name: '@ai-sdk/openai-compatible',
  modelOf: (fetch) => createOpenAICompatible({ name: 'vendor', baseURL: 'http://vendor/v1', fetch }).chatModel('m'),
  deafTo(fixture, ours, theirs) {
    const body = bodyOf(fixture).toString('utf8');
    const differs = (what: keyof Heard) => JSON.stringify(ours[what]) !== JSON.stringify(theirs[what]);
    if (differs('text') && hasSecondChoice(body)) {
      return { to: 'text', because: 'with several choices, which it runs together' };
    }
    if (differs('finish') && theirs.finish === null) {
      return { to: 'finish', because: 'with a finish of the vendor’s own, which it does not know' };
    }
    const because = differs('totalTokens') ? deafToTokens(fixture.vendor, body) : null;
    return because === null ? null : { to: 'totalTokens', because };
  },
};

/** Does a stream speak of more than one choice? */
const hasSecondChoice = (body: string) =>
  dataLinesOf(body).some((line) => /"choices":\s*\[\s*\{[^[]*?"index":\s*[1-9]/.test(line));

/** What some vendors count where the library does not look; that it is theirs the conformance suite says. */
function deafToTokens(vendor: string, body: string): string | null {
  if (vendor === 'xai') return 'with reasoning told on top';
  if (vendor === 'groq' && body.includes('x_groq')) return 'with usage under x_groq';
  if (vendor === 'mistral' && /audio/.test(body)) return 'with audio told on top';
  return null;
}

const readsAlike = (vendor: VendorId, folder: string) =>
  describeOracle(openAiDialect(vendor), folder, openAiShaped, oracle);

for (const vendor of ['openai' as const, ...compatibleVendors]) {
  if (readFixtures(vendor).length > 0) readsAlike(vendor, vendor);
}
for (const folder of ['gpustack', 'llamacpp', 'huggingface']) readsAlike('custom', folder);
