import { vendorById, type VendorId } from '@skein/catalog';
import { headerOf } from '../vendor-errors.js';
import { firstCallOnly } from '../first-call-only.js';
import type { VendorAdapter, VendorCall } from '../vendor-adapter.js';
import { OpenAiStream, readOpenAiWhole } from './from-openai.js';
import { readOpenAiError } from './openai.errors.js';
import { openAiPlain } from './plain/plain-operations.js';
import { isTextAlone, needsResponse, responsesCall } from './responses/responses-call.js';
import { toOpenAi } from './to-openai.js';

const CONTENT_TYPE = 'application/json';

/** The adapter of an OpenAI-shaped vendor. What sets it apart is its row in the catalogue; there is no code per vendor. */
export function openAiDialect(vendorId: VendorId): VendorAdapter {
  const vendor = vendorById(vendorId);
  const { keyHeader, requestIdHeader } = vendor.quirks;
  return {
    vendor,
    authorize: (key) => ({ [keyHeader]: keyHeader === 'authorization' ? `Bearer ${key}` : key }),
    prepare(question) {
      const isBySocket = question.bySocket === true && question.stream;
      if (needsResponse(vendor, question) || (isBySocket && isTextAlone(question))) {
        return responsesCall(vendor, question);
      }
      const { body, notices, wantsUsageChunk, ...asked } = toOpenAi(question, vendor.id, vendor.quirks);
      const call: VendorCall = {
        path: '/chat/completions',
        headers: {
          'content-type': CONTENT_TYPE,
          accept: question.stream ? 'text/event-stream' : CONTENT_TYPE,
        },
        body,
        notices,
        readWhole: (bytes) => readOpenAiWhole(bytes, vendor),
        openStream: () => new OpenAiStream(vendor, wantsUsageChunk),
      };
      return asked.firstCallOnly ? firstCallOnly(call) : call;
    },
    plain: openAiPlain(vendor),
    readError: (status, headers, bytes, now) => readOpenAiError(vendor, status, headers, bytes, now),
    readRequestId: (headers) => headerOf(headers, requestIdHeader),
  };
}
