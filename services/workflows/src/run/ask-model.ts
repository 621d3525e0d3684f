// One question to a model, and the text of its answer.
import type { AnswerEnd } from '@skein/bus';
import type { AnswerHead } from '@skein/contracts/attempt';
import { SkeinError } from '@skein/contracts/errors';
import type { AttemptSummary } from '@skein/contracts/orchestrator';
import { toChatBody, type Ask } from '../ask/ask.js';
import { AskFailed, complete, type StepCall } from './complete.js';

/** Told while an answer is on its way. */
export interface AnswerWatcher {
  onHead(head: AnswerHead): void;
  onText(text: string): void;
}

export interface Answered {
  readonly text: string;
  readonly attempts: readonly AttemptSummary[];
}

/** Asks, and gives the answer's text. Without a watcher the answer comes whole. Throws `AskFailed`. */
export async function askModel(call: StepCall, ask: Ask, watcher: AnswerWatcher | null): Promise<Answered> {
  const { temperature, max_tokens: maxTokens } = call.stage.spec;
  const isStreamed = watcher !== null;
  const body = toChatBody(ask, {
    isStreamed,
    ...(temperature !== undefined && { temperature }),
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
  });
  const asked = {
    operation: 'chat',
    model: ask.model,
    stream: isStreamed,
    temperature: temperature ?? null,
    max_output_tokens: maxTokens ?? null,
  } as const;
  let streamed = '';
  const { answer, attempts } = await complete(call, asked, body, {
    onHead: (head) => watcher?.onHead(head),
    onChunk: (payload) => {
      const text = textOfChunk(payload);
      if (text === '') return;
      streamed += text;
      watcher?.onText(text);
    },
    onWhole: () => undefined,
    onNotice: () => undefined,
  });
  const text = isStreamed ? streamed : textOfWhole(answer);
  if (text !== null) return { text, attempts };
  throw new AskFailed(new SkeinError('frame_gap', 'The answer was lost on its way'), attempts, false);
}

const decoder = new TextDecoder();

interface ChatShape {
  choices?: { message?: { content?: unknown }; delta?: { content?: unknown } }[];
}

function parse(bytes: Uint8Array): ChatShape | null {
  try {
    return JSON.parse(decoder.decode(bytes)) as ChatShape;
  } catch {
    return null;
  }
}

function textOfChunk(payload: Uint8Array): string {
  const content = parse(payload)?.choices?.[0]?.delta?.content;
  return typeof content === 'string' ? content : '';
}

function textOfWhole({ kept }: AnswerEnd): string | null {
  const content = kept?.form === 'whole' ? parse(kept.bytes)?.choices?.[0]?.message?.content : undefined;
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return content === null ? '' : null;
  return content
    .map((part: unknown) => (typeof part === 'object' && part !== null && 'text' in part ? String(part.text) : ''))
    .join('');
}
