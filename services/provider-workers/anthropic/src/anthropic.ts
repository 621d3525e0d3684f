import { vendorById } from '@skein/catalog';
import { headerOf, jsonBytes, type VendorAdapter } from '@skein/provider-kit';
import { AnthropicStream } from './anthropic-stream.js';
import { readAnthropicError } from './anthropic.errors.js';
import { ANTHROPIC_VERSION, MESSAGES_PATH } from './anthropic.wire.js';
import { readAnthropicWhole } from './from-anthropic.js';
import { toAnthropic } from './to-anthropic.js';

/** Anthropic's Messages API. */
export const anthropic: VendorAdapter = {
  vendor: vendorById('anthropic'),
  authorize: (key) => ({ 'x-api-key': key }),
  prepare(question) {
    const { body, betas, notices, wantsUsageChunk } = toAnthropic(question);
    return {
      path: MESSAGES_PATH,
      headers: {
        'content-type': 'application/json',
        accept: question.stream ? 'text/event-stream' : 'application/json',
        'anthropic-version': ANTHROPIC_VERSION,
        ...(betas.length > 0 && { 'anthropic-beta': betas.join(',') }),
      },
      body: jsonBytes(body),
      notices,
      readWhole: (bytes) => readAnthropicWhole(bytes, question.at),
      openStream: () => new AnthropicStream(question.at, wantsUsageChunk),
    };
  },
  readError: readAnthropicError,
  readRequestId: (headers) => headerOf(headers, 'request-id'),
};
