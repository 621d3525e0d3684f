import type { RequestBody } from '@skein/contracts/wire';
import { z } from 'zod';
import { commonFields, JSON_TYPE, readWith, roughTokens, type PlainRequest } from './plain-request.js';

const document = z.union([z.string(), z.looseObject({ text: z.string() })], {
  error: 'must be a text, or an object with a text',
});
const rerankRequest = z.looseObject({
  ...commonFields,
  query: z.string().min(1, 'must not be empty'),
  documents: z.array(document).min(1, 'must hold at least one document'),
  top_n: z.int().positive().nullable().optional(),
  return_documents: z.boolean().nullable().optional(),
});

/** `POST /v1/rerank`, in the shape of Cohere and Jina. */
export function readRerank(body: RequestBody): PlainRequest {
  const { model, user, metadata, query, documents } = readWith(rerankRequest, body);
  const texts = documents.map((one) => (typeof one === 'string' ? one : one.text));
  return { model, user, metadata, inputTokens: roughTokens([query, ...texts]), contentType: JSON_TYPE, streamed: null };
}
