// Answers in the OpenAI shape: a whole completion, or the chunks of a stream.
import type { Answer, AnswerEnd, Ask } from './ask.js';
import { hashText } from './hash.js';
import type { JsonObject } from './json.js';
import { dialectOf, type Dialect } from './openai-dialects.js';
import { openaiUsage } from './openai-usage.js';
import { splitTokens } from './token-count.js';
import type { Frame, Moment } from './wire.js';

export interface OpenAiStyle {
  /** `stream_options.include_usage`. */
  isUsageAsked: boolean;
  /** `top_logprobs` when `logprobs` is asked for. */
  topLogprobs: number | undefined;
}

const FINISH: Readonly<Record<AnswerEnd, string>> = {
  stop: 'stop',
  sequence: 'stop',
  length: 'length',
  tools: 'tool_calls',
};
const AZURE_FILTERS = Object.fromEntries(
  ['hate', 'self_harm', 'sexual', 'violence'].map((kind) => [kind, { filtered: false, severity: 'safe' }]),
);

function logprobOf(token: string, rank: number): JsonObject {
  const text = rank === 0 ? token : `${token}${rank}`;
  const logprob = -((hashText(token) % 900) + 1) / 1000 - rank * 1.7;
  return { token: text, logprob, bytes: [...Buffer.from(text)] };
}

function logprobsOf(tokens: string[], style: OpenAiStyle): JsonObject | null {
  const top = style.topLogprobs;
  if (top === undefined) return null;
  const content = tokens.map((token) => ({
    ...logprobOf(token, 0),
    top_logprobs: Array.from({ length: top }, (_, rank) => logprobOf(token, rank)),
  }));
  return { content, refusal: null };
}

function head(ask: Ask, object: string, moment: Moment, dialect: Dialect): JsonObject {
  return {
    id: dialect.completionId(moment),
    object,
    created: Math.floor(moment.now.getTime() / 1000),
    model: dialect.resolved[ask.model] ?? ask.model,
    ...(ask.vendor === 'openai' ? { service_tier: 'default' } : {}),
    ...(ask.vendor === 'openrouter' ? { provider: 'Sandbox' } : {}),
    system_fingerprint: `fp_${hashText(ask.model).toString(16).padStart(10, '0')}`,
  };
}

interface WireToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

function toolCallsOf(answer: Answer, moment: Moment): WireToolCall[] {
  return answer.calls.map((call) => ({
    id: `call_${moment.mint.base62(24)}`,
    type: 'function',
    function: { name: call.name, arguments: JSON.stringify(call.args) },
  }));
}

function messageOf(answer: Answer, dialect: Dialect, moment: Moment): JsonObject {
  const calls = toolCallsOf(answer, moment);
  return {
    role: 'assistant',
    content: calls.length > 0 ? null : answer.text,
    ...(dialect.thoughtField !== 'hidden' && answer.thought !== '' ? { [dialect.thoughtField]: answer.thought } : {}),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...(dialect.hasRefusal ? { refusal: null } : {}),
  };
}

/** The body of a plain answer. */
export function openaiCompletion(ask: Ask, answers: readonly Answer[], moment: Moment, style: OpenAiStyle): JsonObject {
  const dialect = dialectOf(ask.vendor);
  const choices = answers.map((answer, index) => ({
    index,
    message: messageOf(answer, dialect, moment),
    logprobs: logprobsOf(style.topLogprobs === undefined ? [] : splitTokens(answer.text), style),
    finish_reason: FINISH[answer.end],
    ...(ask.vendor === 'azure' ? { content_filter_results: AZURE_FILTERS } : {}),
  }));
  const usage = openaiUsage(ask, answers);
  return {
    ...head(ask, 'chat.completion', moment, dialect),
    choices,
    usage,
    ...(ask.vendor === 'groq' ? { x_groq: { id: moment.requestId } } : {}),
    ...(ask.vendor === 'azure'
      ? { prompt_filter_results: [{ prompt_index: 0, content_filter_results: AZURE_FILTERS }] }
      : {}),
    ...(ask.vendor === 'perplexity' ? { citations: ['https://example.com/answer'], search_results: [] } : {}),
  };
}

/** The events of a streamed answer; several choices take turns, as they do at the vendor. */
export function openaiFrames(ask: Ask, answers: readonly Answer[], moment: Moment, style: OpenAiStyle): Frame[] {
  const dialect = dialectOf(ask.vendor);
  const opening = JSON.stringify(head(ask, 'chat.completion.chunk', moment, dialect)).slice(0, -1);
  const isUsageSent = style.isUsageAsked || dialect.streamUsage === 'always';
  const padding = dialect.usagePlace === 'own_chunk' && style.isUsageAsked ? ',"usage":null' : '';
  const obfuscation = (size: number): string =>
    dialect.hasObfuscation ? `,"obfuscation":"${'x'.repeat(16 - (size % 16))}"` : '';
  const choice = (index: number, delta: string, finish: string | null, logprobs: JsonObject | null = null): string =>
    `{"index":${index},"delta":${delta},"logprobs":${JSON.stringify(logprobs)},"finish_reason":${JSON.stringify(finish)}}`;
  const frame = (part: Frame['part'], tokens: number, choices: string, extra = padding): Frame => ({
    bytes: `data: ${opening},"choices":[${choices}]${extra}${obfuscation(choices.length)}}\n\n`,
    part,
    tokens,
  });
  const content = (index: number, delta: string, tokens: number, logprobs: JsonObject | null = null): Frame =>
    frame('content', tokens, choice(index, delta, null, logprobs));

  const opens = answers.map((answer, index) => {
    const delta = {
      role: 'assistant',
      content: answer.calls.length > 0 ? null : '',
      ...(dialect.hasRefusal ? { refusal: null } : {}),
    };
    const extra = index === 0 ? padding + groqHead(ask, moment) : padding;
    return frame('open', 0, choice(index, JSON.stringify(delta), null), extra);
  });
  const contents = answers.map((answer, index) => contentFrames(answer, index, dialect, style, content, moment));
  const usage = JSON.stringify(openaiUsage(ask, answers));
  const closes = answers.map((answer, index) => {
    const isLast = index === answers.length - 1;
    const isUsageHere = isLast && isUsageSent && dialect.usagePlace === 'finish_chunk';
    const extra = (isUsageHere ? `,"usage":${usage}` : padding) + (isLast ? groqTail(ask, moment, usage) : '');
    const delta = dialect.usagePlace === 'own_chunk' ? '{}' : '{"content":""}';
    return frame('close', 0, choice(index, delta, FINISH[answer.end]), extra);
  });
  const frames = [...preamble(ask), ...opens, ...inTurns(contents), ...closes];
  if (isUsageSent && dialect.usagePlace === 'own_chunk') {
    const tier = ask.vendor === 'groq' ? ',"service_tier":"on_demand"' : '';
    frames.push(frame('close', 0, '', `,"usage":${usage}${tier}`));
  }
  if (dialect.hasDone) frames.push({ bytes: 'data: [DONE]\n\n', part: 'close', tokens: 0 });
  return frames;
}

type ContentFrame = (index: number, delta: string, tokens: number, logprobs?: JsonObject | null) => Frame;

function contentFrames(
  answer: Answer,
  index: number,
  dialect: Dialect,
  style: OpenAiStyle,
  content: ContentFrame,
  moment: Moment,
): Frame[] {
  const frames: Frame[] = [];
  if (dialect.thoughtField !== 'hidden') {
    const field = dialect.thoughtField;
    for (const token of splitTokens(answer.thought))
      frames.push(content(index, `{"${field}":${JSON.stringify(token)}}`, 1));
  }
  for (const token of splitTokens(answer.text)) {
    frames.push(content(index, `{"content":${JSON.stringify(token)}}`, 1, logprobsOf([token], style)));
  }
  toolCallsOf(answer, moment).forEach((call, at) => {
    const { name, arguments: args } = call.function;
    const start = { tool_calls: [{ index: at, id: call.id, type: 'function', function: { name, arguments: '' } }] };
    frames.push(content(index, JSON.stringify(start), 1));
    for (const piece of splitTokens(args)) {
      frames.push(content(index, JSON.stringify({ tool_calls: [{ index: at, function: { arguments: piece } }] }), 1));
    }
  });
  return frames;
}

function inTurns(lists: Frame[][]): Frame[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list[at] ?? [])).flat();
}

function preamble(ask: Ask): Frame[] {
  if (ask.vendor === 'openrouter') return [{ bytes: ': OPENROUTER PROCESSING\n\n', part: 'open', tokens: 0 }];
  if (ask.vendor !== 'azure') return [];
  // Azure opens with the verdict on the prompt: a chunk without choices, id or model.
  const verdict = {
    choices: [],
    created: 0,
    id: '',
    model: '',
    object: '',
    prompt_filter_results: [{ prompt_index: 0, content_filter_results: AZURE_FILTERS }],
  };
  return [{ bytes: `data: ${JSON.stringify(verdict)}\n\n`, part: 'open', tokens: 0 }];
}

function groqHead(ask: Ask, moment: Moment): string {
  return ask.vendor === 'groq'
    ? `,"x_groq":${JSON.stringify({ id: moment.requestId, seed: ask.seed ?? hashText(ask.prompt) })}`
    : '';
}

function groqTail(ask: Ask, moment: Moment, usage: string): string {
  return ask.vendor === 'groq' ? `,"x_groq":{"id":${JSON.stringify(moment.requestId)},"usage":${usage}}` : '';
}
