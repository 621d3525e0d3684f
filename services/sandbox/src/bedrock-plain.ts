// Bedrock's InvokeModel, for models that embed: each maker's body is its own.
import { embeddingOf, toNumbers } from './embeddings.js';
import { listIn, numberIn, objectIn, textIn, type JsonObject } from './json.js';
import type { HeadersFor } from './openai-plain.js';
import { countTokens } from './token-count.js';
import { NO_SUCH_MODEL, type Lookup, type Problem, type Refusal } from './wire.js';

const USUAL_DIMENSIONS = 1024;

export function readInvoke(model: string, body: JsonObject, headersFor: HeadersFor): Lookup | Refusal {
  const refused = (problem: Problem): Refusal => ({ kind: 'refusal', endpoint: 'embeddings', model, problem });
  if (NO_SUCH_MODEL.test(model)) return refused({ kind: 'no_model', status: 400, model });
  const nova = objectIn(body['singleEmbeddingParams']);
  const single = textIn(body['inputText']) ?? textIn(objectIn(nova['text'])['value']);
  const texts = single === undefined ? listIn(body['texts']).filter((text) => typeof text === 'string') : [single];
  if (texts.length === 0) {
    const message =
      'Malformed input request: #: required key [inputText] not found, please reformat your input and try again.';
    return refused({ kind: 'bad_request', status: 400, message });
  }
  const dimensions =
    numberIn(body['dimensions']) ?? numberIn(nova['embeddingDimension']) ?? numberIn(body['output_dimension']);
  const vectors = texts.map((text) => toNumbers(embeddingOf(model, text, dimensions ?? USUAL_DIMENSIONS)));
  const tokens = texts.reduce((sum, text) => sum + countTokens(text), 0);
  const answer = answerOf(model, vectors, tokens);
  return {
    kind: 'lookup',
    endpoint: 'embeddings',
    model,
    usage: { input: tokens, output: 0, reasoning: 0, cached: 0, cacheWrite: 0 },
    reply: (moment) => ({
      headers: { ...headersFor(moment, 'application/json'), 'x-amzn-bedrock-input-token-count': String(tokens) },
      body: JSON.stringify(answer),
    }),
  };
}

function answerOf(model: string, vectors: readonly number[][], tokens: number): JsonObject {
  if (model.includes('cohere.')) return { embeddings: { float: vectors }, response_type: 'embeddings_by_type' };
  const [embedding] = vectors;
  if (model.includes('amazon.nova')) return { embeddings: [{ embeddingType: 'TEXT', embedding }] };
  return { embedding, embeddingsByType: { float: embedding }, inputTextTokenCount: tokens };
}
