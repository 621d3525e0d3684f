// What a line may ask for, by its endpoint. A line is checked before any is run; what only a vendor can tell, a vendor tells.
import type { BatchView } from '@skein/contracts/jobs';
import { chatRequest } from '@skein/contracts/openai';
import { z } from 'zod';

type Endpoint = BatchView['endpoint'];

const model = z.string().min(1);
const tokens = z.array(z.int().nonnegative()).min(1);

const noStream = 'a batch has nobody to stream to; leave it out.';

/** OpenAI takes its newest moderation model where none is named. */
const USUAL_MODERATION = 'omni-moderation-latest';

export const lineBodies: Readonly<Record<Endpoint, z.ZodType>> = {
  '/v1/chat/completions': chatRequest.refine(({ stream }) => stream !== true, { path: ['stream'], error: noStream }),
  '/v1/embeddings': z.looseObject({
    model,
    input: z.union([z.string().min(1), z.array(z.string().min(1)).min(1), tokens, z.array(tokens).min(1)], {
      error: 'must be a text, a list of texts, or tokens; none of them empty',
    }),
  }),
  '/v1/moderations': z.looseObject({
    model: model.optional(),
    input: z.union([z.string(), z.array(z.union([z.string(), z.looseObject({ type: z.string() })])).min(1)], {
      error: 'must be a text, a list of texts, or a list of parts',
    }),
  }),
};

/** What is left unsaid, said: everything that runs names a model. */
export const usualFields: Readonly<Record<Endpoint, object>> = {
  '/v1/chat/completions': {},
  '/v1/embeddings': {},
  '/v1/moderations': { model: USUAL_MODERATION },
};
