// Answers in the shape of Cohere's second version: a whole message, or the events of a stream.
import { outputTokens, type Answer, type AnswerEnd, type Ask, type ToolCall } from './ask.js';
import type { JsonObject } from './json.js';
import { splitTokens } from './token-count.js';
import type { Frame, Moment } from './wire.js';

const FINISH: Readonly<Record<AnswerEnd, string>> = {
  stop: 'COMPLETE',
  sequence: 'STOP_SEQUENCE',
  length: 'MAX_TOKENS',
  tools: 'TOOL_CALL',
};

function usageOf(ask: Ask, answer: Answer): JsonObject {
  const counts = { input_tokens: ask.inputTokens, output_tokens: outputTokens(answer) };
  const reasoning = answer.thoughtTokens > 0 ? { reasoning_tokens: answer.thoughtTokens } : {};
  return { billed_units: counts, tokens: { ...counts, ...reasoning }, cached_tokens: ask.cachedTokens };
}

/** What a model that does not think says before it calls. */
function planOf(answer: Answer): string {
  const names = answer.calls.map(({ name }) => name).join(' and ');
  return answer.calls.length > 0 && answer.thought === '' ? `I will use ${names} to find this out.` : '';
}

function callOf(call: ToolCall, moment: Moment): JsonObject {
  return {
    id: `${call.name}_${moment.mint.base62(12).toLowerCase()}`,
    type: 'function',
    function: { name: call.name, arguments: JSON.stringify(call.args) },
  };
}

/** The body of a plain answer. */
export function cohereMessage(ask: Ask, answer: Answer, moment: Moment): JsonObject {
  const content = [
    ...(answer.thought === '' ? [] : [{ type: 'thinking', thinking: answer.thought }]),
    ...(answer.text === '' ? [] : [{ type: 'text', text: answer.text }]),
  ];
  const plan = planOf(answer);
  return {
    id: moment.mint.uuid(),
    message: {
      role: 'assistant',
      ...(content.length > 0 ? { content } : {}),
      ...(plan === '' ? {} : { tool_plan: plan }),
      ...(answer.calls.length > 0 ? { tool_calls: answer.calls.map((call) => callOf(call, moment)) } : {}),
    },
    finish_reason: FINISH[answer.end],
    usage: usageOf(ask, answer),
  };
}

/** The events of a streamed answer. */
export function cohereFrames(ask: Ask, answer: Answer, moment: Moment): Frame[] {
  const head = { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] };
  const frames: Frame[] = [event('open', 'message-start', { id: moment.mint.uuid(), delta: { message: head } })];
  const parts = [
    { type: 'thinking', text: answer.thought },
    { type: 'text', text: answer.text },
  ].filter(({ text }) => text !== '');
  parts.forEach(({ type, text }, index) => {
    frames.push(event('open', 'content-start', { index, delta: { message: { content: { type, [type]: '' } } } }));
    for (const piece of splitTokens(text)) {
      frames.push(event('content', 'content-delta', { index, delta: { message: { content: { [type]: piece } } } }, 1));
    }
    frames.push(event('open', 'content-end', { index }));
  });
  for (const piece of splitTokens(planOf(answer))) {
    frames.push(event('content', 'tool-plan-delta', { delta: { message: { tool_plan: piece } } }));
  }
  answer.calls.forEach((call, index) => frames.push(...callFrames(callOf(call, moment), call, index)));
  const delta = { finish_reason: FINISH[answer.end], usage: usageOf(ask, answer) };
  return [...frames, event('close', 'message-end', { delta })];
}

function callFrames(whole: JsonObject, { name, args }: ToolCall, index: number): Frame[] {
  const start = { ...whole, function: { name, arguments: '' } };
  return [
    event('content', 'tool-call-start', { index, delta: { message: { tool_calls: start } } }),
    ...splitTokens(JSON.stringify(args)).map((piece) => {
      const moved = { function: { arguments: piece } };
      return event('content', 'tool-call-delta', { index, delta: { message: { tool_calls: moved } } }, 1);
    }),
    event('open', 'tool-call-end', { index }),
  ];
}

function event(part: Frame['part'], type: string, fields: JsonObject, tokens = 0): Frame {
  return { bytes: `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`, part, tokens };
}
