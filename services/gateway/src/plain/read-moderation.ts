import type { RequestBody } from '@skein/contracts/wire';
import { z } from 'zod';
import { commonFields, JSON_TYPE, readWith, roughTokens, type PlainRequest } from './plain-request.js';

/** OpenAI takes its newest where none is named. */
const USUAL_MODEL = 'omni-moderation-latest';

const part = z.looseObject({ type: z.string(), text: z.string().optional() });
const moderationRequest = z.looseObject({
  ...commonFields,
  model: commonFields.model.optional(),
  input: z.union([z.string(), z.array(z.string()).min(1), z.array(part).min(1)], {
    error: 'must be a text, a list of texts, or a list of parts',
  }),
});

/** `POST /v1/moderations`, OpenAI's. */
export function readModeration(body: RequestBody): PlainRequest {
  const { model = USUAL_MODEL, user, metadata, input } = readWith(moderationRequest, body);
  const items = typeof input === 'string' ? [input] : input;
  const texts = items.map((item) => (typeof item === 'string' ? item : (item.text ?? '')));
  return { model, user, metadata, inputTokens: roughTokens(texts), contentType: JSON_TYPE, streamed: null };
}
