// What a line may ask for, by its endpoint. A line is checked before any is run; what only a vendor can tell, a vendor tells.
import type { BatchView, JobEndpoint } from '@skein/contracts/jobs';
import { chatRequest } from '@skein/contracts/openai';
import { responsesRequest, toChat, type ResponsesRequest } from '@skein/contracts/responses';
import { z } from 'zod';

type Endpoint = BatchView['endpoint'];

/** What a line is run as. */
export const runsAs: Readonly<Record<Endpoint, JobEndpoint>> = {
  '/v1/chat/completions': '/v1/chat/completions',
  '/v1/responses': '/v1/chat/completions',
  '/v1/embeddings': '/v1/embeddings',
  '/v1/moderations': '/v1/moderations',
};

const model = z.string().min(1);
const tokens = z.array(z.int().nonnegative()).min(1);

const noStream = 'a batch has nobody to stream to; leave it out.';

/** OpenAI takes its newest moderation model where none is named. */
const USUAL_MODERATION = 'omni-moderation-latest';

/** A line stands for itself: what it would go on from may not be there, or not yet. */
const alone = z.null({ error: 'a line of a batch stands for itself; leave it out.' }).optional();

export const lineBodies: Readonly<Record<Endpoint, z.ZodType>> = {
  '/v1/chat/completions': chatRequest.refine(({ stream }) => stream !== true, { path: ['stream'], error: noStream }),
  '/v1/responses': responsesRequest
    .extend({
      background: z
        .literal(false, { error: 'a batch is in the background as it is; leave it out.' })
        .nullable()
        .optional(),
      previous_response_id: alone,
      conversation: alone,
    })
    .refine(({ stream }) => stream !== true, { path: ['stream'], error: noStream }),
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

/** A line's request as it is run. */
export interface RunnableBody {
  readonly body: object;
  /** What an answer in the dialect it asked in repeats of it; null where the answer is given as it comes. */
  readonly asked: object | null;
}

/** A request that was checked → what is run: canonical, its model named. Throws `invalid_request` naming the field. */
export const runnableOf: Readonly<Record<Endpoint, (body: Readonly<Record<string, unknown>>) => RunnableBody>> = {
  '/v1/chat/completions': (body) => ({ body, asked: null }),
  '/v1/responses': (body) => {
    const { input: _, ...asked } = body;
    return { body: toChat(body as ResponsesRequest, []), asked };
  },
  '/v1/embeddings': (body) => ({ body, asked: null }),
  '/v1/moderations': (body) => ({ body: { model: USUAL_MODERATION, ...body }, asked: null }),
};
