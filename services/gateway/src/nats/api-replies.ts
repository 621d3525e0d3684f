/** How the NATS door answers: JSON bodies, micro-service headers on errors, `skein-kind` on what is streamed. */
import type { ApiMessage } from '@skein/bus';
import { toOpenAiError, type SkeinError } from '@skein/contracts/errors';
import { RequestBody, headerNames } from '@skein/contracts/wire';

export const NOTHING = new Uint8Array(0);
const encoder = new TextEncoder();

export const encodeJson = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));

export function reply(message: ApiMessage, headers: Record<string, string>, value: unknown): void {
  message.reply(headers, encodeJson(value));
}

/** An error in the dialect of its caller. */
interface ErrorBody {
  readonly error: { readonly message: string };
}

/** The error as a body, plus the micro-service headers; on streams it is the last word, so it is marked as one. */
export function replyError(
  message: ApiMessage,
  error: SkeinError,
  requestId?: string,
  body: ErrorBody = toOpenAiError(error),
): void {
  reply(
    message,
    {
      [headerNames.kind]: 'error',
      [headerNames.serviceError]: body.error.message.replace(/[^\x20-\x7e]+/g, ' '),
      [headerNames.serviceErrorCode]: String(error.status),
      ...(requestId !== undefined && { 'x-request-id': requestId }),
      ...(error.retryAfterMs !== undefined && {
        'retry-after': String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))),
      }),
    },
    body,
  );
}

/** The last message of a stream, whatever came before it. */
export function replyEnd(message: ApiMessage): void {
  message.reply({ [headerNames.kind]: 'end' }, NOTHING);
}

/** Did the caller, whose request was refused unread, expect a stream? */
export function wantsStream(message: ApiMessage): boolean {
  try {
    const asked: unknown = new RequestBody(message.bytes).json;
    if (typeof asked !== 'object' || asked === null) return false;
    return ('stream' in asked && asked.stream === true) || ('stream_format' in asked && asked.stream_format === 'sse');
  } catch {
    return false;
  }
}
