import { Catch, HttpException, type ArgumentsHost } from '@nestjs/common';
import { SkeinError, toOpenAiError, toSkeinError, type ErrorCode } from '@skein/contracts/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { speaksAnthropic } from '../anthropic/speaks-anthropic.js';
import { newRequestId, sendAnthropicError } from './anthropic-errors.js';
import { doorHeadersOf } from './door-headers.js';
import { errorHeaders } from './error-headers.js';

/** What the HTTP framework itself refuses, in our codes. */
const frameworkCodes: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid_request',
  404: 'not_found',
  405: 'not_found',
  413: 'request_too_large',
  415: 'invalid_request',
};

/** What no controller answers itself leaves through here, in the shape the caller's dialect has. */
@Catch()
export class HttpErrorFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const error = readThrown(thrown);
    if (speaksAnthropic(request.url, doorHeadersOf(request.headers))) sendAnthropicError(reply, error, newRequestId());
    else sendError(reply, error);
  }
}

/** Sends the error with its status, and `retry-after` in whole seconds where there is one. */
export function sendError(
  reply: FastifyReply,
  error: SkeinError,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (reply.sent) return;
  void reply
    .headers({ ...headers, ...errorHeaders(error) })
    .status(error.status)
    .send(toOpenAiError(error));
}

/** What was thrown, with what the framework refuses in our codes. */
export function readThrown(thrown: unknown): SkeinError {
  const status = frameworkStatus(thrown);
  const code = status === undefined ? undefined : frameworkCodes[status];
  if (code === undefined || !(thrown instanceof Error)) return toSkeinError(thrown);
  const message = code === 'request_too_large' ? 'The request body is larger than this gateway takes' : thrown.message;
  return new SkeinError(code, message, { cause: thrown });
}

function frameworkStatus(thrown: unknown): number | undefined {
  if (thrown instanceof SkeinError) return undefined;
  if (thrown instanceof HttpException) return thrown.getStatus();
  return thrown instanceof Error && 'statusCode' in thrown && typeof thrown.statusCode === 'number'
    ? thrown.statusCode
    : undefined;
}
