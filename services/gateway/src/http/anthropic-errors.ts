/** Errors as Anthropic's clients read them: its shape, and the request's id in the body and under both names. */
import { toAnthropicError, type SkeinError } from '@skein/contracts/errors';
import type { FastifyReply } from 'fastify';
import { ulid } from 'ulid';
import { errorHeaders } from './error-headers.js';

/** For requests that were refused before they got an id of their own. */
export const newRequestId = (): string => `req_${ulid()}`;

/** The request's id under Anthropic's name, beside ours. */
export function anthropicIdHeaders(requestId: string): Record<string, string> {
  return { 'request-id': requestId, 'x-request-id': requestId };
}

export function sendAnthropicError(reply: FastifyReply, error: SkeinError, requestId: string): void {
  if (reply.sent) return;
  void reply
    .headers({ ...anthropicIdHeaders(requestId), ...errorHeaders(error) })
    .status(error.status)
    .send(toAnthropicError(error, requestId));
}
