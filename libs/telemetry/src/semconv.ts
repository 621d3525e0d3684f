/**
 * The OpenTelemetry names Skein uses, in one table: GenAI semantic conventions v1.41 (still in development), so that a move
 * to newer names is made here and nowhere else. Spans and metrics take their keys from `genAi`; nobody writes them out.
 */
export const genAi = {
  operationName: 'gen_ai.operation.name',
  /** The catalogue's `genAiProviderName` of a vendor. */
  providerName: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  requestStream: 'gen_ai.request.stream',
  requestMaxTokens: 'gen_ai.request.max_tokens',
  requestTemperature: 'gen_ai.request.temperature',
  responseId: 'gen_ai.response.id',
  responseModel: 'gen_ai.response.model',
  responseFinishReasons: 'gen_ai.response.finish_reasons',
  responseTimeToFirstChunk: 'gen_ai.response.time_to_first_chunk',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  cacheReadInputTokens: 'gen_ai.usage.cache_read.input_tokens',
  cacheCreationInputTokens: 'gen_ai.usage.cache_creation.input_tokens',
  reasoningOutputTokens: 'gen_ai.usage.reasoning.output_tokens',
  tokenType: 'gen_ai.token.type',
  workflowName: 'gen_ai.workflow.name',
} as const;

/** Attributes outside GenAI: OpenTelemetry's own, and ours. Tenants and ids belong on spans, never on metrics. */
export const spanAttributes = {
  errorType: 'error.type',
  serverAddress: 'server.address',
  requestId: 'skein.request.id',
  attemptId: 'skein.attempt.id',
  attemptNo: 'skein.attempt.no',
  tenant: 'skein.tenant',
  task: 'skein.task',
  cache: 'skein.cache',
  policyRevision: 'skein.policy.revision',
  priceRevision: 'skein.price.revision',
  costNanoUsd: 'skein.cost.nano_usd',
} as const;

/** Values of `gen_ai.operation.name` that Skein serves; those after `embeddings` are ours, the convention has none. */
export const operations = [
  'chat',
  'text_completion',
  'embeddings',
  'transcription',
  'speech',
  'moderation',
  'rerank',
] as const;
export type Operation = (typeof operations)[number];

/** Histogram boundaries of the convention, in seconds (doubling) and in tokens (by four). */
const doublingSeconds = Array.from({ length: 14 }, (_, step) => Number((0.01 * 2 ** step).toFixed(2)));
const tokensByFour = Array.from({ length: 14 }, (_, step) => 4 ** step);

export const metricNames = {
  requestDuration: 'llm_request_duration_seconds',
  tokenCost: 'llm_token_cost_usd',
  serverRequestDuration: 'gen_ai.server.request.duration',
  serverTimeToFirstToken: 'gen_ai.server.time_to_first_token',
  clientOperationDuration: 'gen_ai.client.operation.duration',
  clientTokenUsage: 'gen_ai.client.token.usage',
  clientTimeToFirstChunk: 'gen_ai.client.operation.time_to_first_chunk',
} as const;
export type MetricName = keyof typeof metricNames;

/** Upper bounds of the buckets of every histogram. */
export const metricBoundaries: Record<MetricName, readonly number[]> = {
  requestDuration: doublingSeconds,
  tokenCost: [
    0.000001, 0.00001, 0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
  ],
  serverRequestDuration: doublingSeconds,
  serverTimeToFirstToken: [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  clientOperationDuration: doublingSeconds,
  clientTokenUsage: tokensByFour,
  clientTimeToFirstChunk: doublingSeconds,
};
