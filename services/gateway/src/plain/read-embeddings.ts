import type { RequestBody } from '@skein/contracts/wire';
import { z } from 'zod';
import { commonFields, JSON_TYPE, readWith, roughTokens, type PlainRequest } from './plain-request.js';

const tokens = z.array(z.int().nonnegative()).min(1);
const embeddingRequest = z.looseObject({
  ...commonFields,
  input: z.union([z.string().min(1), z.array(z.string().min(1)).min(1), tokens, z.array(tokens).min(1)], {
    error: 'must be a text, a list of texts, or tokens; none of them empty',
  }),
  encoding_format: z.enum(['float', 'base64'], { error: 'must be "float" or "base64"' }).nullable().optional(),
  dimensions: z.int().positive().nullable().optional(),
});

/** `POST /v1/embeddings`, OpenAI's. */
export function readEmbeddings(body: RequestBody): PlainRequest {
  const { model, user, metadata, input } = readWith(embeddingRequest, body);
  return { model, user, metadata, inputTokens: countInput(input), contentType: JSON_TYPE, streamed: null };
}

function countInput(input: z.infer<typeof embeddingRequest>['input']): number {
  if (typeof input === 'string') return roughTokens([input]);
  return (input as readonly unknown[]).reduce<number>((sum, item) => {
    if (typeof item === 'string') return sum + roughTokens([item]);
    return sum + (Array.isArray(item) ? item.length : 1);
  }, 0);
}
