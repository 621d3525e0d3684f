import { vendorById, type Vendor, type VendorId } from '@skein/catalog';
import { valueAt } from '../json.js';
import { headerOf, malformed } from '../vendor-errors.js';
import { firstCallOnly } from '../first-call-only.js';
import type { Question, VendorAdapter, VendorCall } from '../vendor-adapter.js';
import { OpenAiStream, readOpenAiWhole } from './from-openai.js';
import { readOpenAiError } from './openai.errors.js';
import { openAiPlain } from './plain/plain-operations.js';
import { ResponseStream, isLastOfResponse, toResponseCreate } from './responses-socket.js';
import { toOpenAi } from './to-openai.js';

/** OpenAI's Responses over its socket: one message, and the events of its answer. */
function socketCall(vendor: Vendor, { body, at }: Question, message: Uint8Array): VendorCall {
  const wantsUsageChunk = valueAt(body.json, 'stream_options.include_usage') === true;
  return {
    path: '/responses',
    headers: {},
    body: message,
    notices: [],
    socket: { isLast: isLastOfResponse },
    readWhole: () => {
      throw malformed(vendor.id, 'a whole answer by socket');
    },
    openStream: () => new ResponseStream(vendor, at, wantsUsageChunk),
  };
}

const CONTENT_TYPE = 'application/json';

/** The adapter of an OpenAI-shaped vendor. What sets it apart is its row in the catalogue; there is no code per vendor. */
export function openAiDialect(vendorId: VendorId): VendorAdapter {
  const vendor = vendorById(vendorId);
  const { keyHeader, requestIdHeader } = vendor.quirks;
  return {
    vendor,
    authorize: (key) => ({ [keyHeader]: keyHeader === 'authorization' ? `Bearer ${key}` : key }),
    prepare(question) {
      const message = question.bySocket === true && question.stream ? toResponseCreate(question) : null;
      if (message !== null) return socketCall(vendor, question, message);
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
