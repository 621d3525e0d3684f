// Cohere's embed and rerank, version 2.
import { embeddingOf, toNumbers } from './embeddings.js';
import { listIn, numberIn, textIn, type JsonObject } from './json.js';
import { rank, type HeadersFor } from './openai-plain.js';
import { countTokens } from './token-count.js';
import { NO_SUCH_MODEL, type Lookup, type Problem, type Refusal, type Usage } from './wire.js';

const USUAL_DIMENSIONS = 1536;
const DOCUMENTS_PER_SEARCH = 100;
const PURPOSES = new Set(['search_document', 'search_query', 'classification', 'clustering', 'image']);

const bad = (message: string): Problem => ({
  kind: 'bad_request',
  status: 400,
  message: `invalid request: ${message}`,
});
const used = (input: number): Usage => ({ input, output: 0, reasoning: 0, cached: 0, cacheWrite: 0 });

export function readEmbed(body: JsonObject, headersFor: HeadersFor): Lookup | Refusal {
  const model = textIn(body['model']) ?? '';
  const texts = listIn(body['texts']).filter((text) => typeof text === 'string');
  const problem = embedProblem(model, texts, body);
  if (problem !== undefined) return { kind: 'refusal', endpoint: 'embeddings', model, problem };
  const dimensions = Math.min(4096, Math.max(1, numberIn(body['output_dimension']) ?? USUAL_DIMENSIONS));
  const tokens = texts.reduce((sum, text) => sum + countTokens(text), 0);
  return {
    kind: 'lookup',
    endpoint: 'embeddings',
    model,
    usage: used(tokens),
    reply: (moment) => ({
      headers: headersFor(moment, 'application/json'),
      body: JSON.stringify({
        id: moment.mint.uuid(),
        embeddings: { float: texts.map((text) => toNumbers(embeddingOf(model, text, dimensions))) },
        texts,
        meta: { api_version: { version: '2' }, billed_units: { input_tokens: tokens } },
        response_type: 'embeddings_by_type',
      }),
    }),
  };
}

function embedProblem(model: string, texts: readonly string[], body: JsonObject): Problem | undefined {
  if (model === '') return bad('model is required');
  if (NO_SUCH_MODEL.test(model)) return { kind: 'no_model', status: 404, model };
  if (texts.length === 0) return bad('at least one of texts, images or inputs must be provided');
  return PURPOSES.has(String(body['input_type']))
    ? undefined
    : bad('valid input_type must be provided with the provided model');
}

export function readRerank(body: JsonObject, headersFor: HeadersFor): Lookup | Refusal {
  const model = textIn(body['model']) ?? '';
  const query = textIn(body['query']) ?? '';
  const documents = listIn(body['documents']).filter((text) => typeof text === 'string');
  const refused = (problem: Problem): Refusal => ({ kind: 'refusal', endpoint: 'rerank', model, problem });
  if (NO_SUCH_MODEL.test(model)) return refused({ kind: 'no_model', status: 404, model });
  if (query === '') return refused(bad('query must not be empty'));
  if (documents.length === 0) return refused(bad('list of documents must not be empty'));
  const top = Math.min(documents.length, numberIn(body['top_n']) ?? documents.length);
  const tokens = documents.reduce((sum, text) => sum + countTokens(text), countTokens(query));
  return {
    kind: 'lookup',
    endpoint: 'rerank',
    model,
    usage: used(tokens),
    reply: (moment) => ({
      headers: headersFor(moment, 'application/json'),
      body: JSON.stringify({
        id: moment.mint.uuid(),
        results: rank(model, query, documents).slice(0, top),
        meta: {
          api_version: { version: '2' },
          billed_units: { search_units: Math.ceil(documents.length / DOCUMENTS_PER_SEARCH) },
        },
      }),
    }),
  };
}
