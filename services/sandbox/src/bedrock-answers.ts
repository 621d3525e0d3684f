// Answers in Converse's shape: a whole one, or the events of a stream.
import { outputTokens, type Answer, type AnswerEnd, type Ask } from './ask.js';
import { awsEvent } from './event-stream.js';
import { drawFrom, hashText } from './hash.js';
import type { JsonObject } from './json.js';
import { splitTokens } from './token-count.js';
import type { Frame, Moment } from './wire.js';

const STOP_REASON: Readonly<Record<AnswerEnd, string>> = {
  stop: 'end_turn',
  sequence: 'stop_sequence',
  length: 'max_tokens',
  tools: 'tool_use',
};
const LATENCY_MS = 100;

/** Usage as Converse counts it: `inputTokens` leaves out what was read from the cache. */
function usageOf(ask: Ask, answer: Answer): JsonObject {
  const output = outputTokens(answer);
  return {
    inputTokens: ask.inputTokens - ask.cachedTokens,
    cacheReadInputTokens: ask.cachedTokens,
    cacheWriteInputTokens: 0,
    outputTokens: output,
    totalTokens: ask.inputTokens + output,
    serverToolUsage: {},
  };
}

function signatureOf(thought: string): string {
  const draw = drawFrom(hashText(thought));
  return Buffer.from(Uint8Array.from({ length: 96 }, () => Math.floor(draw() * 256))).toString('base64');
}

function callId(moment: Moment): string {
  return `tooluse_${moment.mint.base62(22)}`;
}

/** The body of a plain answer. */
export function converseAnswer(ask: Ask, answer: Answer, moment: Moment): JsonObject {
  const { thought, text, calls } = answer;
  const content = [
    ...(thought === ''
      ? []
      : [{ reasoningContent: { reasoningText: { text: thought, signature: signatureOf(thought) } } }]),
    ...(text === '' ? [] : [{ text }]),
    ...calls.map(({ name, args }) => ({ toolUse: { toolUseId: callId(moment), name, input: args } })),
  ];
  return {
    metrics: { latencyMs: LATENCY_MS },
    output: { message: { content, role: 'assistant' } },
    stopReason: STOP_REASON[answer.end],
    usage: usageOf(ask, answer),
  };
}

/** The events of a streamed answer. Only calls have an event for the start of their block; usage comes after the stop. */
export function converseFrames(ask: Ask, answer: Answer, moment: Moment): Frame[] {
  const frames: Frame[] = [event('open', 'messageStart', { role: 'assistant' })];
  let block = 0;
  const piece = (delta: JsonObject, tokens: number): Frame =>
    event('content', 'contentBlockDelta', { contentBlockIndex: block, delta }, tokens);
  const stop = (): Frame => event('open', 'contentBlockStop', { contentBlockIndex: block++ });
  if (answer.thought !== '') {
    for (const text of splitTokens(answer.thought)) frames.push(piece({ reasoningContent: { text } }, 1));
    frames.push(piece({ reasoningContent: { signature: signatureOf(answer.thought) } }, 0), stop());
  }
  if (answer.text !== '') frames.push(...splitTokens(answer.text).map((text) => piece({ text }, 1)), stop());
  for (const { name, args } of answer.calls) {
    const toolUse = { toolUseId: callId(moment), name };
    frames.push(event('content', 'contentBlockStart', { contentBlockIndex: block, start: { toolUse } }));
    frames.push(...splitTokens(JSON.stringify(args)).map((input) => piece({ toolUse: { input } }, 1)), stop());
  }
  frames.push(event('close', 'messageStop', { stopReason: STOP_REASON[answer.end] }));
  const told = { metrics: { latencyMs: LATENCY_MS }, usage: usageOf(ask, answer) };
  return [...frames, event('close', 'metadata', told)];
}

function event(part: Frame['part'], type: string, payload: JsonObject, tokens = 0): Frame {
  const headers = { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' };
  return { bytes: awsEvent(headers, payload), part, tokens };
}

/** An exception within a stream; the vendor writes its name with a small letter there. */
export function converseException(name: string, message: string): string {
  const type = name.charAt(0).toLowerCase() + name.slice(1);
  const headers = { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' };
  return awsEvent(headers, { message });
}
