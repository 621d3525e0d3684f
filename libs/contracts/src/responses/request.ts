/** OpenAI's Responses request: what of it is read, and what is refused by name because nothing here does it. */
import { SkeinError, invalidField } from '../errors/index.js';
import type { RequestBody } from '../wire/index.js';
import { z } from 'zod';

const item = z.looseObject({ type: z.string().optional(), role: z.string().optional() });
export type InputItem = z.infer<typeof item>;
export const isItem = (value: unknown): value is InputItem => item.safeParse(value).success;

const tool = z.looseObject({ type: z.string(), name: z.string().optional() });
export type ResponseTool = z.infer<typeof tool>;

const format = z.looseObject({
  type: z.enum(['text', 'json_object', 'json_schema'], { error: 'must be "text", "json_object" or "json_schema"' }),
});

/** Its fields, those it takes and does not know included. */
export const responsesRequest = z.looseObject({
  model: z.string({ error: 'must be the name of a model' }).min(1, 'must be the name of a model'),
  input: z.union([z.string().min(1), z.array(item).min(1)], { error: 'must be a text or a list of items' }),
  instructions: z.string().nullable().optional(),
  stream: z.boolean().nullable().optional(),
  store: z.boolean().nullable().optional(),
  background: z.boolean().nullable().optional(),
  previous_response_id: z.string().min(1).nullable().optional(),
  temperature: z.number().min(0).max(2).nullable().optional(),
  top_p: z.number().min(0).max(1).nullable().optional(),
  top_logprobs: z.int().min(0).max(20).nullable().optional(),
  max_output_tokens: z.int().positive().nullable().optional(),
  tools: z.array(tool).nullable().optional(),
  tool_choice: z.union([z.string(), z.looseObject({ type: z.string() })]).optional(),
  parallel_tool_calls: z.boolean().nullable().optional(),
  text: z.looseObject({ format: format.optional(), verbosity: z.string().nullable().optional() }).nullable().optional(),
  reasoning: z
    .looseObject({ effort: z.string().nullable().optional(), summary: z.string().nullable().optional() })
    .nullable()
    .optional(),
  include: z.array(z.string()).nullable().optional(),
  metadata: z.record(z.string(), z.unknown()).nullable().optional(),
  user: z.string().optional(),
});
export type ResponsesRequest = z.infer<typeof responsesRequest>;

/** Fields of OpenAI's own services that go nowhere from here: the answer would be another without them. */
const refused: Readonly<Record<string, string>> = {
  conversation: 'conversations are kept by previous_response_id here',
};

/** Checks a request. Throws `invalid_request` naming the field. */
export function readResponsesRequest(body: RequestBody): ResponsesRequest {
  const parsed = responsesRequest.safeParse(body.json);
  if (!parsed.success) throw invalidField(parsed.error);
  const request = parsed.data;
  for (const [param, why] of Object.entries(refused)) {
    if (request[param] !== undefined && request[param] !== null) throw refuse(param, why);
  }
  if (request.background === true && request.stream === true) {
    throw refuse('stream', 'a response in the background is looked up by its id, not streamed');
  }
  if (request.background === true && request.store === false) {
    throw refuse('store', 'a response in the background has to be kept to be found');
  }
  return request;
}

/** The 400 for what cannot be done, by the name the caller gave it. */
export function refuse(param: string, why: string): SkeinError {
  return new SkeinError('invalid_request', `${param}: ${why}`, { param });
}
