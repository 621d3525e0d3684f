/** Options of commands that send completions, and the request fields they become. The mesh checks the values. */
import { InvalidArgumentError, type Command } from 'commander';
import type { ChatBody } from '../doors/answer.js';

export interface ChatOptions {
  readonly model: string;
  readonly stream?: boolean;
  readonly system?: string;
  readonly temperature?: number;
  readonly maxTokens?: number;
  readonly task?: string;
  readonly strategy?: string;
  readonly priority?: string;
  readonly maxCost?: string;
  readonly maxLatency?: number;
  readonly fallback?: string[];
}

export function withChatOptions(command: Command): Command {
  return command
    .option('--model <model>', 'auto, a model, an alias or vendor/model', 'auto')
    .option('--stream', 'print the answer as it comes')
    .option('--system <text>', 'a system message before the question')
    .option('--temperature <number>', 'sampling temperature', readNumber)
    .option('--max-tokens <count>', 'longest answer, in tokens', readCount)
    .option('--task <task>', 'what kind of work this is, instead of having it classified')
    .option('--strategy <strategy>', 'cost_first, quality_first, balanced or latency_first')
    .option('--priority <priority>', 'high, normal or low')
    .option('--max-cost <usd>', 'dearest acceptable answer, in USD')
    .option('--max-latency <ms>', 'slowest acceptable answer, in milliseconds', readCount)
    .option('--fallback <model...>', 'models to try after the one asked for, in order');
}

/** The request that asks `text`; options that were not given leave no trace in it. */
export function chatBody(text: string, options: ChatOptions): ChatBody {
  const metadata = withoutUndefined({
    task: options.task,
    strategy: options.strategy,
    priority: options.priority,
    max_cost_usd: options.maxCost,
    max_latency_ms: options.maxLatency,
    fallbacks: options.fallback,
  });
  const system = options.system === undefined ? [] : [{ role: 'system', content: options.system }];
  return withoutUndefined({
    model: options.model,
    messages: [...system, { role: 'user', content: text }],
    stream: options.stream,
    temperature: options.temperature,
    max_completion_tokens: options.maxTokens,
    metadata: Object.keys(metadata).length === 0 ? undefined : metadata,
  });
}

export function readCount(value: string): number {
  const count = Number(value);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('It must be a whole number above 0.');
  return count;
}

function readNumber(value: string): number {
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number)) throw new InvalidArgumentError('It must be a number.');
  return number;
}

function withoutUndefined(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
