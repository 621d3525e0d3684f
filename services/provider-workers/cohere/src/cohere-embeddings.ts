/** Embeddings at Cohere, version 2. It wants to know what they are for; OpenAI's request does not say. */
import { vendorById } from '@skein/catalog';
import {
  countOf,
  estimateTextTokens,
  inputOf,
  itemsOf,
  jsonBytes,
  otherFields,
  plainAnswer,
  readBody,
  requestOf,
  textsOf,
  valueAt,
  vectorOf,
  writeEmbeddings,
  type PreparePlain,
} from '@skein/provider-kit';
import { errorIn } from './cohere.errors.js';

const VENDOR = 'cohere';
export const EMBED_PATH = '/v2/embed';
const USUAL_PURPOSE = 'search_document';
const { tokenFactor } = vendorById(VENDOR).quirks;

export const cohereEmbeddings: PreparePlain = (question) => {
  const request = requestOf(question);
  const texts = textsOf(request, VENDOR);
  const extras = otherFields(request, 'model', 'input', 'dimensions', 'encoding_format', 'user');
  const dimensions = countOf(request.dimensions);
  return {
    path: EMBED_PATH,
    headers: { 'content-type': 'application/json' },
    body: jsonBytes({
      input_type: USUAL_PURPOSE,
      ...extras,
      model: question.model,
      texts,
      embedding_types: ['float'],
      ...(dimensions !== null && { output_dimension: dimensions }),
    }),
    notices: extras.input_type === undefined ? [`${VENDOR} wants an input_type; ${USUAL_PURPOSE} was assumed`] : [],
    readWhole(bytes) {
      const body = readBody(bytes, VENDOR);
      const error = errorIn(body);
      if (error !== null) throw error;
      const vectors = itemsOf(valueAt(body, 'embeddings.float')).map((values) => vectorOf(values, VENDOR));
      const tokens = countOf(valueAt(body, 'meta.billed_units.input_tokens'));
      const told = tokens === null ? null : inputOf(tokens);
      const estimate = () => inputOf(estimateTextTokens(texts, tokenFactor));
      const asked = { vendor: VENDOR, model: question.model };
      const answer = writeEmbeddings(request, vectors, texts.length, asked, told ?? estimate());
      return plainAnswer(answer, told, estimate, { id: body.id });
    },
  };
};
