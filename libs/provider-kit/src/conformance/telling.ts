/** What an answer tells, whatever dialect it was told in: the measure by which a recording and our reading are compared. */
export interface Telling {
  readonly text: string;
  readonly reasoning: string;
  readonly refusal: string;
  readonly toolCalls: readonly { readonly name: string; readonly args: unknown }[];
  readonly finish: string | null;
  /** Null where the vendor gave none. */
  readonly totalTokens: number | null;
}

/** `caller`: the request is at fault; `access`: our key or money; `limit`: too much; `vendor`: the vendor is. */
export type ErrorClass = 'caller' | 'access' | 'limit' | 'vendor';

type Loose = Record<string, unknown>;
const loose = (value: unknown): Loose => (typeof value === 'object' && value !== null ? (value as Loose) : {});
const list = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

function plain(content: unknown, type: string, field: string): string {
  if (typeof content === 'string') return type === 'text' ? content : '';
  return list(content)
    .map(loose)
    .filter((part) => part.type === type)
    .map((part) => (typeof part[field] === 'string' ? part[field] : plain(part[field], 'text', 'text')))
    .join('');
}

const reasoningIn = (message: Loose) =>
  String(message.reasoning_content ?? message.reasoning ?? '') + plain(message.content, 'thinking', 'thinking');

function totalOf(usage: unknown): number | null {
  const { total_tokens, prompt_tokens, completion_tokens } = loose(usage);
  if (typeof total_tokens === 'number') return total_tokens;
  return typeof prompt_tokens === 'number' ? prompt_tokens + Number(completion_tokens ?? 0) : null;
}

const parseArgs = (args: unknown): unknown => {
  if (typeof args !== 'string') return args;
  try {
    return JSON.parse(args) as unknown;
  } catch {
    return args;
  }
};

/** Reads an OpenAI chat completion's first choice. */
export function tellCompletion(body: unknown): Telling {
  const choice = loose(list(loose(body).choices)[0]);
  const message = loose(choice.message);
  return {
    text: plain(message.content, 'text', 'text'),
    reasoning: reasoningIn(message),
    refusal: String(message.refusal ?? ''),
    toolCalls: list(message.tool_calls).map((call) => {
      const { name, arguments: args } = loose(loose(call).function);
      return { name: String(name), args: parseArgs(args) };
    }),
    finish: (choice.finish_reason as string | undefined) ?? null,
    totalTokens: totalOf(loose(body).usage),
  };
}

/** Reads the first choice out of OpenAI chat chunks. */
export function tellChunks(chunks: readonly unknown[]): Telling {
  let text = '';
  let reasoning = '';
  let refusal = '';
  let finish: string | null = null;
  let totalTokens: number | null = null;
  const calls = new Map<unknown, { name: string; args: string }>();
  for (const chunk of chunks) {
    totalTokens = totalOf(loose(chunk).usage) ?? totalOf(loose(loose(chunk).x_groq).usage) ?? totalTokens;
    const choice = list(loose(chunk).choices)
      .map(loose)
      .find(({ index }) => index === undefined || index === 0);
    if (choice === undefined) continue;
    const delta = loose(choice.delta);
    text += plain(delta.content, 'text', 'text');
    reasoning += reasoningIn(delta);
    refusal += String(delta.refusal ?? '');
    list(delta.tool_calls).forEach((call, place) => {
      const { index = place, function: called } = loose(call);
      const { name, arguments: args } = loose(called);
      const known = calls.get(index) ?? { name: '', args: '' };
      calls.set(index, { name: known.name + String(name ?? ''), args: known.args + String(args ?? '') });
    });
    finish = (choice.finish_reason as string | null | undefined) ?? finish;
  }
  return {
    text,
    reasoning,
    refusal,
    toolCalls: [...calls.values()].map(({ name, args }) => ({ name, args: parseArgs(args) })),
    finish,
    totalTokens,
  };
}
