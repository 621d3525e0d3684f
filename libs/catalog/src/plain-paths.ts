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
}

const embeddings = '/embeddings';
const audio = { transcription: '/audio/transcriptions', speech: '/audio/speech' } as const;

const usual: PlainService = { paths: { embeddings }, sendsBase64Embeddings: false };

const byVendor: Readonly<Partial<Record<VendorId, PlainService>>> = {
  openai: { paths: { embeddings, moderation: '/moderations', ...audio }, sendsBase64Embeddings: true },
  azure: { paths: { embeddings, ...audio }, sendsBase64Embeddings: true },
  mistral: { paths: { embeddings, moderation: '/moderations', ...audio }, sendsBase64Embeddings: false },
  groq: { paths: { embeddings, ...audio }, sendsBase64Embeddings: false },
  together: { paths: { embeddings, rerank: '/rerank', ...audio }, sendsBase64Embeddings: false },
  fireworks: { paths: { embeddings, rerank: '/rerank' }, sendsBase64Embeddings: false },
  openrouter: { paths: { embeddings, rerank: '/rerank' }, sendsBase64Embeddings: false },
  vllm: {
    paths: { embeddings, rerank: '/rerank', transcription: audio.transcription },
    sendsBase64Embeddings: true,
  },
  custom: {
    paths: { embeddings, moderation: '/moderations', rerank: '/rerank', ...audio },
    sendsBase64Embeddings: false,
  },
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
