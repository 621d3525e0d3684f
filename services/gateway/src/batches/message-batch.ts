// A batch of Anthropic's messages ⇄ the lines and results of a batch of ours. Pure.
import { SkeinError, isErrorCode, toAnthropicError } from '@skein/contracts/errors';
import { BATCH_MAX_LINES } from '@skein/contracts/jobs';
import { RequestBody } from '@skein/contracts/wire';
import { z } from 'zod';
import { fromChat } from '../anthropic/from-chat.js';
import { readMessagesRequest } from '../anthropic/messages-request.js';
import { toChat } from '../anthropic/to-chat.js';

export const messageBatchRequest = z.strictObject({
  requests: z
    .array(
      z.strictObject({
        custom_id: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, "_" or "-"'),
        params: z.record(z.string(), z.unknown()),
      }),
    )
    .min(1)
    .max(BATCH_MAX_LINES),
});
export type MessageBatchRequest = z.infer<typeof messageBatchRequest>;

/** The lines of an input file. Every request is checked as its endpoint would; throws `invalid_request` naming the field. */
export function* toLines({ requests }: MessageBatchRequest, betas: readonly string[]): Generator<Uint8Array> {
  const seen = new Set<string>();
  const encoder = new TextEncoder();
  for (const [index, { custom_id, params }] of requests.entries()) {
    if (seen.has(custom_id)) throw refusal(index, 'custom_id', `"${custom_id}" is used twice`);
    seen.add(custom_id);
    if (params['stream'] === true)
      throw refusal(index, 'params.stream', 'a batch has nobody to stream to; leave it out');
    const body = toChat(readParams(params, index), betas);
    yield encoder.encode(`${JSON.stringify({ custom_id, method: 'POST', url: '/v1/chat/completions', body })}\n`);
  }
}

function readParams(params: Record<string, unknown>, index: number) {
  try {
    return readMessagesRequest(RequestBody.of(params));
  } catch (thrown) {
    if (!(thrown instanceof SkeinError)) throw thrown;
    throw refusal(index, `params.${thrown.param ?? ''}`, thrown.message);
  }
}

function refusal(index: number, field: string, problem: string): SkeinError {
  const param = `requests.${index}.${field}`;
  return new SkeinError('invalid_request', `${param}: ${problem}`, { param });
}

const resultLine = z.object({
  custom_id: z.string(),
  response: z.object({ status_code: z.int(), request_id: z.string().nullable(), body: z.unknown() }).nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
});
const openAiError = z.object({ error: z.object({ message: z.string(), code: z.string().nullable() }) });

/** One line of our results as one of Anthropic's. */
export function toMessageResult(text: string): string {
  const { custom_id, response, error } = resultLine.parse(JSON.parse(text));
  return `${JSON.stringify({ custom_id, result: resultOf(response, error) })}\n`;
}

function resultOf(
  response: z.infer<typeof resultLine>['response'],
  error: z.infer<typeof resultLine>['error'],
): Record<string, unknown> {
  if (response === null) return { type: error?.code === 'batch_expired' ? 'expired' : 'canceled' };
  if (response.status_code === 200) return { type: 'succeeded', message: fromChat(response.body, null) };
  const told = openAiError.safeParse(response.body);
  const code = told.data?.error.code ?? null;
  const failure = new SkeinError(
    code !== null && isErrorCode(code) ? code : 'vendor_refused',
    told.data?.error.message ?? 'The request failed.',
  );
  return { type: 'errored', error: toAnthropicError(failure, response.request_id ?? '') };
}
