import { vendorById } from '@skein/catalog';
import { firstCallOnly, headerOf, jsonBytes, type VendorAdapter, type VendorCall } from '@skein/provider-kit';
import { cohereEmbeddings } from './cohere-embeddings.js';
import { cohereRerank } from './cohere-rerank.js';
import { CohereStream } from './cohere-stream.js';
import { REQUEST_ID_HEADER, readCohereError } from './cohere.errors.js';
import { CHAT_PATH } from './cohere.wire.js';
import { readCohereWhole } from './from-cohere.js';
import { toCohere } from './to-cohere.js';

/** Cohere's chat API, version 2. */
export const cohere: VendorAdapter = {
  vendor: vendorById('cohere'),
  authorize: (key) => ({ authorization: `Bearer ${key}` }),
  prepare(question) {
    const { body, notices, wantsUsageChunk, ...asked } = toCohere(question);
    const call: VendorCall = {
      path: CHAT_PATH,
      headers: {
        'content-type': 'application/json',
        accept: question.stream ? 'text/event-stream' : 'application/json',
      },
      body: jsonBytes(body),
      notices,
      readWhole: (bytes) => readCohereWhole(bytes, question.model, question.at),
      openStream: () => new CohereStream(question.model, question.at, wantsUsageChunk),
    };
    return asked.firstCallOnly ? firstCallOnly(call) : call;
  },
  plain: { embeddings: cohereEmbeddings, rerank: cohereRerank },
  readError: readCohereError,
  readRequestId: (headers) => headerOf(headers, REQUEST_ID_HEADER),
};
