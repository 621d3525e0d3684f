/** OpenAI chat completions and chunks, written by translators. */
import { inputTokens, outputTokens, type UsageBuckets } from '@skein/contracts/attempt';
import { jsonBytes } from './json.js';
import { weighMessage } from './openai/weigh-message.js';
import type { AnswerChunk } from './vendor-adapter.js';

export interface AnswerIdentity {
  readonly id: string;
  readonly model: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

const seconds = (at: number) => Math.floor(at / 1000);

/** Usage as OpenAI tells it, from the normal form. `prompt_tokens` holds what was read from and written to caches. */
export function openAiUsageOf(usage: UsageBuckets) {
  return {
    prompt_tokens: inputTokens(usage),
    completion_tokens: outputTokens(usage),
    total_tokens: inputTokens(usage) + outputTokens(usage),
    prompt_tokens_details: {
      cached_tokens: usage.cache_read,
      cache_write_tokens: usage.cache_write_5m + usage.cache_write_1h,
      audio_tokens: usage.audio_in,
    },
    completion_tokens_details: { reasoning_tokens: usage.reasoning, audio_tokens: usage.audio_out },
  };
}

/** Why an answer ended, in the vendor's own words beside OpenAI's. */
export interface NativeEnding {
  readonly native_finish_reason: string;
  /** The stop sequence that ended it; null where it was none of the caller's. */
  readonly stop_sequence?: string | null;
}

/** The vendor's own word for an ending; undefined where it told none. */
export function nativeEnding(reason: unknown, stopSequence?: unknown): NativeEnding | undefined {
  if (typeof reason !== 'string') return undefined;
  return { native_finish_reason: reason, ...(typeof stopSequence === 'string' && { stop_sequence: stopSequence }) };
}

export interface WrittenChoice {
  readonly message: Readonly<Record<string, unknown>>;
  readonly finishReason: string | null;
  readonly logprobs?: unknown;
  readonly ending?: NativeEnding;
}

/** A whole answer. `rest`: members of the answer itself that the vendor told beside. */
export function writeCompletion(
  { id, model, at }: AnswerIdentity,
  choices: readonly WrittenChoice[],
  usage: UsageBuckets | null,
  rest: Readonly<Record<string, unknown>> = {},
): Uint8Array {
  return jsonBytes({
    id,
    object: 'chat.completion',
    created: seconds(at),
    model,
    choices: choices.map(({ message, finishReason, logprobs, ending }, index) => ({
      index,
      message: { role: 'assistant', content: null, refusal: null, ...message },
      logprobs: logprobs ?? null,
      finish_reason: finishReason,
      ...ending,
    })),
    ...(usage !== null && { usage: openAiUsageOf(usage) }),
    ...rest,
  });
}

const encoder = new TextEncoder();

/** Chunks of one answer. The part that never changes is written once. */
export class ChunkWriter {
  readonly #head: string;
  outputBytes = 0;

  constructor({ id, model, at }: AnswerIdentity) {
    const fixed = JSON.stringify({ id, object: 'chat.completion.chunk', created: seconds(at), model });
    this.#head = fixed.slice(0, -1);
  }

  /** One choice moves on by a delta. */
  delta(delta: Readonly<Record<string, unknown>>, index = 0, logprobs?: unknown): AnswerChunk {
    const { bytes, shows } = weighMessage(delta);
    this.outputBytes += bytes;
    return { bytes: this.#choice(delta, index, null, logprobs), hasContent: shows };
  }

  finish(reason: string, index = 0, ending?: NativeEnding, rest?: Readonly<Record<string, unknown>>): AnswerChunk {
    return { bytes: this.#choice({}, index, reason, undefined, ending, rest), hasContent: false };
  }

  /** The chunk that holds nothing but usage. */
  usage(usage: UsageBuckets): AnswerChunk {
    const text = `${this.#head},"choices":[],"usage":${JSON.stringify(openAiUsageOf(usage))}}`;
    return { bytes: encoder.encode(text), hasContent: false };
  }

  #choice(
    delta: unknown,
    index: number,
    finish: string | null,
    logprobs?: unknown,
    ending: object = {},
    rest: object = {},
  ): Uint8Array {
    const beside = membersOf(ending);
    const choice = `{"index":${index},"delta":${JSON.stringify(delta)},"logprobs":${JSON.stringify(logprobs ?? null)},"finish_reason":${JSON.stringify(finish)}${beside}}`;
    return encoder.encode(`${this.#head},"choices":[${choice}]${membersOf(rest)}}`);
  }
}

/** Members to be written behind others; nothing where there are none. */
function membersOf(held: object): string {
  const text = JSON.stringify(held).slice(1, -1);
  return text === '' ? '' : `,${text}`;
}
