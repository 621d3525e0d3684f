/** Reranking at Cohere, version 2: the canonical request is its own, but for documents that come back with the results. */
import {
  cannot,
  countOf,
  isObject,
  itemsOf,
  jsonBytes,
  malformed,
  otherFields,
  plainAnswer,
  readBody,
  readRerankUsage,
  requestOf,
  textOf,
  type PreparePlain,
} from '@skein/provider-kit';
import { errorIn } from './cohere.errors.js';

const VENDOR = 'cohere';
export const RERANK_PATH = '/v2/rerank';

export const cohereRerank: PreparePlain = (question) => {
  const request = requestOf(question);
  const documents = itemsOf(request.documents).map(textIn);
  return {
    path: RERANK_PATH,
    headers: { 'content-type': 'application/json' },
    body: jsonBytes({
      ...otherFields(request, 'model', 'documents', 'return_documents'),
      model: question.model,
      documents,
    }),
    notices: [],
    readWhole(bytes) {
      const body = readBody(bytes, VENDOR);
      const error = errorIn(body);
      if (error !== null) throw error;
      if (!Array.isArray(body.results)) throw malformed(VENDOR, 'an answer without results');
      const answer = jsonBytes({
        model: question.model,
        ...body,
        results:
          request.return_documents === true
            ? itemsOf(body.results).map((one) => withText(one, documents))
            : body.results,
      });
      return plainAnswer(answer, readRerankUsage(body), () => null, { id: body.id });
    },
  };
};

function textIn(document: unknown): string {
  const text = isObject(document) ? textOf(document.text) : document;
  if (typeof text !== 'string') throw cannot(VENDOR, 'documents', 'each must be a text, or an object with a text');
  return text;
}

/** A result with the document it speaks of. */
function withText(result: unknown, documents: readonly string[]): unknown {
  if (!isObject(result)) throw malformed(VENDOR, 'a result that is not an object');
  const text = documents[countOf(result.index) ?? -1];
  if (text === undefined) throw malformed(VENDOR, 'a result of no document');
  return { ...result, document: { text } };
}
