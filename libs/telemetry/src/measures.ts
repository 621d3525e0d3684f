/** The measurements of the mesh by name, made once. Rooms write one line; names, units and labels are kept here. */
import type { ErrorCode } from '@skein/contracts/errors';
import { counter, histogram, type HistogramInstrument } from './instruments.js';
import { taskLabel, type ModelLabel } from './labels.js';
import { spanAttributes, genAi, metricBoundaries, metricNames, type MetricName, type Operation } from './semconv.js';

const SECONDS = 's';
const NANO_PER_USD = 1_000_000_000;

const declare = (name: MetricName, unit: string, description: string): HistogramInstrument =>
  histogram(metricNames[name], description, { unit, boundaries: metricBoundaries[name] });

// Units are left out where the name already ends in them.
const requestDuration = declare('requestDuration', '', 'Time from a request at the door to its end, in seconds');
const tokenCost = declare('tokenCost', '', 'What the tokens of a request cost, in USD');
const serverRequestDuration = declare('serverRequestDuration', SECONDS, 'Time from a request at the door to its end');
const serverFirstToken = declare(
  'serverTimeToFirstToken',
  SECONDS,
  'Time from a request at the door to its first token',
);
const clientDuration = declare('clientOperationDuration', SECONDS, 'Time a vendor took for one attempt');
const clientTokens = declare('clientTokenUsage', '{token}', 'Tokens of one attempt, as the vendor counts them');
const clientFirstChunk = declare(
  'clientTimeToFirstChunk',
  SECONDS,
  'Time a vendor took to the first chunk of a stream',
);

/** A request as its door saw it. */
export interface RequestMeasure {
  readonly operation: Operation;
  /** `gen_ai.provider.name` of the vendor that answered; null when none did. */
  readonly provider: string | null;
  /** What answered, or what was asked for when nothing did. */
  readonly model: ModelLabel;
  readonly task: string | null;
  readonly durationSeconds: number;
  /** Null on unstreamed answers. */
  readonly firstTokenSeconds: number | null;
  /** Null when the price is unknown: then no cost is recorded. */
  readonly costNanoUsd: number | null;
  readonly error: ErrorCode | null;
}

/** Records a finished request. Called by the sink, once a request. */
export function recordRequest(measure: RequestMeasure): void {
  const llm = { model: measure.model, task_type: taskLabel(measure.task) };
  requestDuration.record(measure.durationSeconds, llm);
  if (measure.costNanoUsd !== null) tokenCost.record(measure.costNanoUsd / NANO_PER_USD, llm);

  const labels = labelsOf(measure);
  serverRequestDuration.record(measure.durationSeconds, labels);
  if (measure.firstTokenSeconds !== null) serverFirstToken.record(measure.firstTokenSeconds, labels);
}

/** One call to one vendor as its worker saw it. */
export interface AttemptMeasure {
  readonly operation: Operation;
  /** `gen_ai.provider.name` of the vendor. */
  readonly provider: string;
  readonly model: ModelLabel;
  readonly durationSeconds: number;
  /** Null when no chunk came, and on unstreamed answers. */
  readonly firstChunkSeconds: number | null;
  /** Null when nobody knows the usage. */
  readonly tokens: { readonly input: number; readonly output: number } | null;
  readonly error: ErrorCode | null;
}

/** Records a finished attempt. Called by the worker, once an attempt. */
export function recordAttempt(measure: AttemptMeasure): void {
  const labels = labelsOf(measure);
  clientDuration.record(measure.durationSeconds, labels);
  if (measure.firstChunkSeconds !== null) clientFirstChunk.record(measure.firstChunkSeconds, labels);
  if (measure.tokens === null) return;
  labels[genAi.tokenType] = 'input';
  clientTokens.record(measure.tokens.input, labels);
  labels[genAi.tokenType] = 'output';
  clientTokens.record(measure.tokens.output, labels);
}

function labelsOf(measure: RequestMeasure | AttemptMeasure): Record<string, string> {
  const labels: Record<string, string> = {
    [genAi.operationName]: measure.operation,
    [genAi.requestModel]: measure.model,
  };
  if (measure.provider !== null) labels[genAi.providerName] = measure.provider;
  if (measure.error !== null) labels[spanAttributes.errorType] = measure.error;
  return labels;
}

const rejectedKeys = counter('skein_vendor_keys_rejected', 'Keys a vendor did not accept; each was set aside');
const checkedAnswers = counter(
  'skein_answers_checked',
  'Tool calls and structured answers of models, by whether they are valid against the schema that was asked for',
);

/** Counts a key that a vendor did not accept. `provider` is its `gen_ai.provider.name`. */
export function recordRejectedKey(provider: string): void {
  rejectedKeys.add(1, { [genAi.providerName]: provider });
}

/** Tool calls and structured answers of one attempt, counted by what came of checking them. */
export interface AnswerCheck {
  readonly provider: string;
  readonly model: ModelLabel;
  readonly toolCalls: { readonly valid: number; readonly invalid: number };
  readonly structured: { readonly valid: number; readonly invalid: number };
}

/** Counts what was checked. Called by the worker, once an attempt that had anything to check. */
export function recordAnswerCheck({ provider, model, toolCalls, structured }: AnswerCheck): void {
  const labels = { [genAi.providerName]: provider, [genAi.requestModel]: model };
  for (const [what, counts] of Object.entries({ tool_call: toolCalls, structured })) {
    for (const [result, count] of Object.entries(counts)) {
      if (count > 0) checkedAnswers.add(count, { ...labels, what, result });
    }
  }
}
