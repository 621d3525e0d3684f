/**
 * Embeddings on Bedrock, by InvokeModel: each maker's models have a body of their own. Cohere's take several texts at once,
 * Amazon's one.
 */
import { vendorById } from '@skein/catalog';
import {
  cannot,
  countOf,
  estimateTextTokens,
  inputOf,
  itemsOf,
  jsonBytes,
  objectOf,
  otherFields,
  plainAnswer,
  readBody,
  requestOf,
  textsOf,
  valueAt,
  vectorOf,
  writeEmbeddings,
  type JsonObject,
  type PreparePlain,
} from '@skein/provider-kit';
import { modelPath } from './bedrock.wire.js';

const VENDOR = 'bedrock';
const { tokenFactor } = vendorById(VENDOR).quirks;

interface Asked {
  readonly texts: readonly string[];
  readonly dimensions: number | null;
  readonly extras: JsonObject;
}

interface MakerWire {
  readonly takesMany: boolean;
  write(asked: Asked): JsonObject;
  vectors(body: JsonObject): readonly unknown[];
}

const makers: Readonly<Record<'titan' | 'nova' | 'cohere', MakerWire>> = {
  titan: {
    takesMany: false,
    write: ({ texts: [text], dimensions, extras }) => ({
      ...extras,
      inputText: text,
      ...(dimensions !== null && { dimensions }),
    }),
    vectors: (body) => [body.embedding],
  },
  nova: {
    takesMany: false,
    write: ({ texts: [value], dimensions, extras }) => ({
      taskType: 'SINGLE_EMBEDDING',
      singleEmbeddingParams: {
        embeddingPurpose: 'GENERIC_INDEX',
        ...extras,
        text: { truncationMode: 'END', value },
        ...(dimensions !== null && { embeddingDimension: dimensions }),
      },
    }),
    vectors: (body) => itemsOf(body.embeddings).map((one) => objectOf(one).embedding),
  },
  cohere: {
    takesMany: true,
    write: ({ texts, dimensions, extras }) => ({
      input_type: 'search_document',
      ...extras,
      texts,
      embedding_types: ['float'],
      ...(dimensions !== null && { output_dimension: dimensions }),
    }),
    vectors: (body) => itemsOf(valueAt(body, 'embeddings.float')),
  },
};

/** By the name of the model, with or without a region before it. */
function makerOf(model: string): MakerWire {
  if (model.includes('cohere.')) return makers.cohere;
  if (model.includes('amazon.nova')) return makers.nova;
  if (model.includes('amazon.titan')) return makers.titan;
  throw cannot(VENDOR, 'model', 'it embeds with models of Amazon and Cohere');
}

export const bedrockEmbeddings: PreparePlain = (question) => {
  const request = requestOf(question);
  const maker = makerOf(question.model);
  const texts = textsOf(request, VENDOR);
  if (!maker.takesMany && texts.length > 1) {
    throw cannot(VENDOR, 'input', `${question.model} embeds one text at a time, not ${texts.length}`);
  }
  const extras = otherFields(request, 'model', 'input', 'dimensions', 'encoding_format', 'user');
  return {
    path: modelPath(question.model, 'invoke'),
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: jsonBytes(maker.write({ texts, dimensions: countOf(request.dimensions), extras })),
    notices: [],
    readWhole(bytes) {
      const body = readBody(bytes, VENDOR);
      const vectors = maker.vectors(body).map((values) => vectorOf(values, VENDOR));
      const tokens = countOf(body.inputTextTokenCount);
      const told = tokens === null ? null : inputOf(tokens);
      const estimate = () => inputOf(estimateTextTokens(texts, tokenFactor));
      const asked = { vendor: VENDOR, model: question.model };
      return plainAnswer(writeEmbeddings(request, vectors, texts.length, asked, told ?? estimate()), told, estimate);
    },
  };
};
