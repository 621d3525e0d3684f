/**
 * What can be asked of a model, whoever asks and over whichever door: one closed set, one total table. Every operation runs
 * through the same attempt machine; what differs between them stands here and in the adapters.
 */
import { z } from 'zod';
import type { UsageUnits } from '../attempt/usage.js';
import type { ModelKind } from '../router/catalog-additions.js';

export const operations = ['chat', 'embeddings', 'transcription', 'speech', 'moderation', 'rerank'] as const;
export const operation = z.enum(operations);
export type Operation = z.infer<typeof operation>;

/** Everything that is asked for once and answered whole. */
export type PlainOperation = Exclude<Operation, 'chat'>;

export interface OperationRow {
  /** Where customers ask for it; the body is OpenAI's there, or (rerank) Cohere's and Jina's. */
  readonly endpoint: `/v1/${string}`;
  /** What a model must be made for to be routed to. */
  readonly kind: ModelKind;
  /** How its usage is told: `vendor` in the answer, or `request`: it follows from what was sent. */
  readonly usage: 'vendor' | 'request';
  /** The unit beside tokens in which usage may come. */
  readonly unit: keyof UsageUnits | null;
  /** Of its answer's body. */
  readonly answers: 'json' | 'audio' | 'json or text';
  /** Is the prompt looked at (task, language, complexity) before it is routed? */
  readonly isClassified: boolean;
}

export const operationTable: Readonly<Record<Operation, OperationRow>> = {
  chat: {
    endpoint: '/v1/chat/completions',
    kind: 'chat',
    usage: 'vendor',
    unit: null,
    answers: 'json',
    isClassified: true,
  },
  embeddings: {
    endpoint: '/v1/embeddings',
    kind: 'embedding',
    usage: 'vendor',
    unit: null,
    answers: 'json',
    isClassified: false,
  },
  transcription: {
    endpoint: '/v1/audio/transcriptions',
    kind: 'transcription',
    usage: 'vendor',
    unit: 'audio_ms',
    answers: 'json or text',
    isClassified: false,
  },
  speech: {
    endpoint: '/v1/audio/speech',
    kind: 'speech',
    usage: 'request',
    unit: 'characters',
    answers: 'audio',
    isClassified: false,
  },
  moderation: {
    endpoint: '/v1/moderations',
    kind: 'moderation',
    usage: 'vendor',
    unit: null,
    answers: 'json',
    isClassified: false,
  },
  rerank: {
    endpoint: '/v1/rerank',
    kind: 'rerank',
    usage: 'vendor',
    unit: 'searches',
    answers: 'json',
    isClassified: false,
  },
};
