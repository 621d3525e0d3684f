/**
 * What OpenAI-shaped vendors serve beside chat, and where, after the base URL: in OpenAI's shape, and rerank in Cohere's. A
 * vendor that is not named here serves embeddings where everyone has them.
 */
import type { PlainOperation } from '@skein/contracts/operation';
import type { VendorId } from './vendor.js';

export interface PlainService {
  readonly paths: Readonly<Partial<Record<PlainOperation, `/${string}`>>>;
  /** Whether it sends embeddings as base64 when asked to. */
  readonly sendsBase64Embeddings: boolean;
  /** In whose words it streams speech and transcripts as events; null: speech comes as sound, a transcript whole. */
  readonly streamsAs: 'openai' | 'mistral' | null;
}

const embeddings = '/embeddings';
const audio = { transcription: '/audio/transcriptions', speech: '/audio/speech' } as const;

const usual: PlainService = { paths: { embeddings }, sendsBase64Embeddings: false, streamsAs: null };

const byVendor: Readonly<Partial<Record<VendorId, PlainService>>> = {
  openai: {
    paths: { embeddings, moderation: '/moderations', ...audio },
    sendsBase64Embeddings: true,
    streamsAs: 'openai',
  },
  azure: { paths: { embeddings, ...audio }, sendsBase64Embeddings: true, streamsAs: 'openai' },
  mistral: {
    paths: { embeddings, moderation: '/moderations', ...audio },
    sendsBase64Embeddings: false,
    streamsAs: 'mistral',
  },
  groq: { ...usual, paths: { embeddings, ...audio } },
  together: { ...usual, paths: { embeddings, rerank: '/rerank', ...audio } },
  fireworks: { ...usual, paths: { embeddings, rerank: '/rerank' } },
  openrouter: { ...usual, paths: { embeddings, rerank: '/rerank' } },
  vllm: {
    ...usual,
    paths: { embeddings, rerank: '/rerank', transcription: audio.transcription },
    sendsBase64Embeddings: true,
  },
  custom: { ...usual, paths: { embeddings, moderation: '/moderations', rerank: '/rerank', ...audio } },
};

/** What vendors with a dialect of their own serve beside chat, as far as their adapters speak it. */
const ownDialects: Readonly<Partial<Record<VendorId, readonly PlainOperation[]>>> = {
  anthropic: [],
  google: ['embeddings'],
  vertex: ['embeddings'],
  bedrock: ['embeddings'],
  cohere: ['embeddings', 'rerank'],
};

/** Whether a vendor serves an operation at all, whatever the model. */
export function servesPlain(vendor: VendorId, operation: PlainOperation): boolean {
  return ownDialects[vendor]?.includes(operation) ?? plainServiceOf(vendor).paths[operation] !== undefined;
}

/** What an OpenAI-shaped vendor serves beside chat. */
export function plainServiceOf(vendor: VendorId): PlainService {
  return byVendor[vendor] ?? usual;
}

/** OpenAI's older models of sound know no events: of speech they refuse them, of transcripts they answer whole. */
const KNOWS_NO_EVENTS = /^(tts-1|whisper-1)\b/;

/** In whose words a model's speech or transcript can be asked for as events; null where it cannot. */
export function audioEventsOf(vendor: VendorId, model: string): PlainService['streamsAs'] {
  const { streamsAs } = plainServiceOf(vendor);
  return streamsAs === 'openai' && KNOWS_NO_EVENTS.test(model) ? null : streamsAs;
}
