import { plainServiceOf, type Vendor } from '@skein/catalog';
import type { PlainOperation } from '@skein/contracts/operation';
import type { PreparePlain, VendorAdapter } from '../../vendor-adapter.js';
import { openAiEmbeddings } from './embeddings.js';
import { openAiModeration } from './moderation.js';
import { openAiRerank } from './rerank.js';
import { openAiSpeech } from './speech.js';
import { openAiTranscription } from './transcription.js';

const makers: Readonly<Record<PlainOperation, (vendor: Vendor, path: string) => PreparePlain>> = {
  embeddings: openAiEmbeddings,
  transcription: openAiTranscription,
  speech: openAiSpeech,
  moderation: openAiModeration,
  rerank: openAiRerank,
};

/** What an OpenAI-shaped vendor serves beside chat, by its row in the catalogue. */
export function openAiPlain(vendor: Vendor): NonNullable<VendorAdapter['plain']> {
  const entries = Object.entries(plainServiceOf(vendor.id).paths) as [PlainOperation, string][];
  return Object.fromEntries(entries.map(([operation, path]) => [operation, makers[operation](vendor, path)]));
}
