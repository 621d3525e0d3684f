/**
 * What people keep prompts in, read into chat requests: one JSON value (a request, an array), JSON lines
 * (`{"text", "task"?}`, OpenAI request bodies, strings) or plain text, a prompt a line.
 */
import { z } from 'zod';
import type { ChatBody } from './doors/answer.js';
import { CommandFailure } from './failure.js';

export interface Prompt {
  /** The task its author gave it; null where nobody did. */
  readonly task: string | null;
  readonly body: ChatBody;
}

const textRow = z.looseObject({ text: z.string().min(1), task: z.string().optional() });
const requestRow = z.looseObject({
  messages: z.array(z.unknown()).min(1),
  metadata: z.looseObject({ task: z.string().optional() }).nullable().optional(),
});

/** Reads all prompts of a file. `model` is for those that name none. Throws `CommandFailure` that names the line at fault. */
export function readPrompts(text: string, model: string): Prompt[] {
  const whole = tryJson(text);
  const rows =
    whole === undefined
      ? jsonLines(text)
      : (Array.isArray(whole) ? whole : [whole]).map((value: unknown, index) => ({
          value,
          place: `item ${index + 1}`,
        }));
  if (rows.length === 0) throw new CommandFailure('There is no prompt in it');
  return rows.map(({ value, place }) => readPrompt(value, place, model));
}

/** A chat request that asks one thing. */
export function promptOf(text: string, model: string): ChatBody {
  return { model, messages: [{ role: 'user', content: text }] };
}

function readPrompt(value: unknown, place: string, model: string): Prompt {
  if (typeof value === 'string' && value !== '') return { task: null, body: promptOf(value, model) };
  const asked = requestRow.safeParse(value);
  if (asked.success) return { task: asked.data.metadata?.task ?? null, body: { model, ...asked.data } };
  const row = textRow.safeParse(value);
  if (row.success) return { task: row.data.task ?? null, body: promptOf(row.data.text, model) };
  throw new CommandFailure(`${place} is neither text, nor {"text": …}, nor a request with "messages"`);
}

function jsonLines(text: string): { value: unknown; place: string }[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === '') return [];
    const place = `line ${index + 1}`;
    if (!/^\s*[{["]/.test(line)) return [{ value: line, place }];
    const value = tryJson(line);
    if (value === undefined) throw new CommandFailure(`${place} is not JSON`);
    return [{ value, place }];
  });
}

function tryJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' || typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
