/** An answer as both doors of the mesh give it, with what the caller's own clock saw. */
import { CommandFailure } from '../failure.js';
import { chunkReply, completionReply, readReply } from '../replies.js';
import type { HeaderReader } from './http-mesh.js';

/** What response headers say of who answered. Null where they are silent. */
export interface AnswerHead {
  readonly requestId: string | null;
  readonly vendor: string | null;
  readonly model: string | null;
  readonly cacheHit: boolean;
  readonly attempts: number | null;
  /** Decimal of USD. */
  readonly costUsd: string | null;
}

export interface Answer extends AnswerHead {
  readonly text: string;
  /** Tokens; null where only the record knows (streams). */
  readonly tokens: { readonly input: number; readonly output: number } | null;
  /** Milliseconds from sending to the last byte. */
  readonly totalMs: number;
  /** Milliseconds from sending to the first chunk with content; null on unstreamed answers. */
  readonly firstTokenMs: number | null;
}

export type ChatBody = Readonly<Record<string, unknown>>;

/** A way to have a request answered. Throws `CommandFailure` with the mesh's own words when it is refused or fails. */
export interface Door {
  send(body: ChatBody, onText?: (text: string) => void): Promise<Answer>;
  close(): Promise<void>;
}

/** Reads the mesh's response headers, which are named alike at every door. */
export function readHead(header: HeaderReader): AnswerHead {
  const attempts = header('x-skein-attempts');
  return {
    requestId: header('x-request-id'),
    vendor: header('x-skein-vendor'),
    model: header('x-skein-model'),
    cacheHit: header('x-skein-cache') === 'hit',
    attempts: attempts === null ? null : Number(attempts),
    costUsd: header('x-skein-cost-usd'),
  };
}

/** An unstreamed answer out of its body. */
export function wholeAnswer(head: AnswerHead, body: unknown, totalMs: number): Answer {
  const completion = readReply(completionReply, body, 'The answer');
  const content = completion.choices[0]?.message?.content;
  return {
    ...head,
    model: head.model ?? completion.model ?? null,
    text: typeof content === 'string' ? content : '',
    tokens: completion.usage
      ? { input: completion.usage.prompt_tokens, output: completion.usage.completion_tokens }
      : null,
    totalMs,
    firstTokenMs: null,
  };
}

const contentFields = ['content', 'reasoning_content', 'reasoning', 'refusal', 'tool_calls', 'function_call', 'audio'];

/** Gathers the chunks of a stream. `now` is the caller's monotonic clock, in ms. */
export class StreamReader {
  #text = '';
  #firstTokenMs: number | null = null;
  readonly #startedAt: number;

  constructor(
    private readonly now: () => number,
    private readonly onText: (text: string) => void = () => {},
  ) {
    this.#startedAt = now();
  }

  /** Takes one chunk, as JSON text. */
  take(json: string): void {
    const chunk = readReply(chunkReply, parseChunk(json), 'A chunk of the answer');
    for (const { delta } of chunk.choices) {
      if (delta === undefined) continue;
      if (contentFields.some((field) => hasContent(delta[field]))) this.#firstTokenMs ??= this.now() - this.#startedAt;
      const text = delta['content'];
      if (typeof text !== 'string' || text === '') continue;
      this.#text += text;
      this.onText(text);
    }
  }

  /** The whole answer, once the stream has said that it is over. */
  finish(head: AnswerHead): Answer {
    const totalMs = this.now() - this.#startedAt;
    return { ...head, text: this.#text, tokens: null, totalMs, firstTokenMs: this.#firstTokenMs };
  }
}

function hasContent(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null && value !== '';
}

function parseChunk(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new CommandFailure('A chunk of the answer is not JSON', 'malformed_stream');
  }
}
