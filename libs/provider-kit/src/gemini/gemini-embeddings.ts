/** Embeddings of Gemini's vendors: one request per text at Google, one list of instances at Vertex. */
import { objectOf, countOf, itemsOf, jsonBytes, valueAt, type JsonObject } from '../json.js';
import { textsOf, vectorOf, writeEmbeddings } from '../plain/embedding-texts.js';
import { estimateTextTokens, inputOf, otherFields, plainAnswer, readBody, requestOf } from '../plain/plain-request.js';
import type { PreparePlain } from '../vendor-adapter.js';
import { modelPath, type GeminiPlace } from './gemini.wire.js';

/** How a vendor of Gemini's takes several texts at once. */
export type EmbeddingDoor = 'batchEmbedContents' | 'predict';

interface Wire {
  write(texts: readonly string[], model: string, dimensions: number | null, extras: JsonObject): JsonObject;
  vectors(body: JsonObject): readonly unknown[];
  /** Null where it is not told. */
  tokens(body: JsonObject): number | null;
}

const wires: Readonly<Record<EmbeddingDoor, Wire>> = {
  batchEmbedContents: {
    write: (texts, model, dimensions, extras) => ({
      requests: texts.map((text) => ({
        ...extras,
        model: `models/${model}`,
        content: { parts: [{ text }] },
        ...(dimensions !== null && { outputDimensionality: dimensions }),
      })),
    }),
    vectors: (body) => itemsOf(body.embeddings).map((one) => objectOf(one).values),
    tokens: (body) => countOf(valueAt(body, 'usageMetadata.promptTokenCount')),
  },
  predict: {
    write: (texts, _model, dimensions, extras) => ({
      instances: texts.map((content) => ({ ...extras, content })),
      ...(dimensions !== null && { parameters: { outputDimensionality: dimensions } }),
    }),
    vectors: (body) => itemsOf(body.predictions).map((one) => valueAt(one, 'embeddings.values')),
    tokens: (body) => {
      const counts = itemsOf(body.predictions).map((one) => countOf(valueAt(one, 'embeddings.statistics.token_count')));
      return counts.includes(null) ? null : counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
    },
  },
};

const OWN_FIELDS = ['model', 'input', 'dimensions', 'encoding_format', 'user'] as const;

export function geminiEmbeddings(place: GeminiPlace, door: EmbeddingDoor, tokenFactor: number): PreparePlain {
  const wire = wires[door];
  return (question) => {
    const request = requestOf(question);
    const texts = textsOf(request, place.vendor);
    const asked = { vendor: place.vendor, model: question.model };
    return {
      path: modelPath(place, question.model, door),
      headers: { 'content-type': 'application/json' },
      body: jsonBytes(
        wire.write(texts, question.model, countOf(request.dimensions), otherFields(request, ...OWN_FIELDS)),
      ),
      notices: [],
      readWhole(bytes) {
        const body = readBody(bytes, place.vendor);
        const vectors = wire.vectors(body).map((values) => vectorOf(values, place.vendor));
        const tokens = wire.tokens(body);
        const estimate = () => inputOf(estimateTextTokens(texts, tokenFactor));
        const told = tokens === null ? null : inputOf(tokens);
        const answer = writeEmbeddings(request, vectors, texts.length, asked, told ?? estimate());
        return plainAnswer(answer, told, estimate);
      },
    };
  };
}
