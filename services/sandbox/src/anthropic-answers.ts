// Answers in Anthropic's shape: a whole message, or the events of a stream.
import { outputTokens, type Answer, type AnswerEnd, type Ask } from './ask.js';
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
const RESOLVED: Readonly<Record<string, string>> = {
  'claude-haiku-4-5': 'claude-haiku-4-5-20251001',
  'claude-sonnet-4-5': 'claude-sonnet-4-5-20250929',
  'claude-3-5-haiku-latest': 'claude-3-5-haiku-20241022',
};

/** Usage as Anthropic counts it: `input_tokens` leaves out what was read from or written to the cache. */
function usageOf(ask: Ask, output: number): JsonObject {
  const { fiveMinutes, oneHour } = ask.cacheWrites;
  return {
    input_tokens: ask.inputTokens - ask.cachedTokens - fiveMinutes - oneHour,
    cache_creation_input_tokens: fiveMinutes + oneHour,
    cache_read_input_tokens: ask.cachedTokens,
    cache_creation: { ephemeral_5m_input_tokens: fiveMinutes, ephemeral_1h_input_tokens: oneHour },
    output_tokens: output,
    service_tier: 'standard',
    inference_geo: 'global',
  };
}

function signatureOf(thought: string): string {
  const draw = drawFrom(hashText(thought));
  return Buffer.from(Uint8Array.from({ length: 96 }, () => Math.floor(draw() * 256))).toString('base64');
}

function blocksOf(answer: Answer, moment: Moment): JsonObject[] {
  const blocks: JsonObject[] = [];
  if (answer.thought !== '')
    blocks.push({ type: 'thinking', thinking: answer.thought, signature: signatureOf(answer.thought) });
  if (answer.text !== '') blocks.push({ type: 'text', text: answer.text });
  for (const call of answer.calls) {
    blocks.push({
      type: 'tool_use',
      id: `toolu_01${moment.mint.base62(22)}`,
      name: call.name,
      input: call.args,
      caller: { type: 'direct' },
    });
  }
  return blocks;
}

function messageHead(ask: Ask, moment: Moment): JsonObject {
  return {
    model: RESOLVED[ask.model] ?? ask.model,
    id: `msg_01${moment.mint.base62(22)}`,
    type: 'message',
    role: 'assistant',
  };
}

/** The body of a plain answer. */
export function anthropicMessage(ask: Ask, answer: Answer, moment: Moment): JsonObject {
  return {
    ...messageHead(ask, moment),
    content: blocksOf(answer, moment),
    stop_reason: STOP_REASON[answer.end],
    stop_sequence: answer.sequence ?? null,
    stop_details: null,
    usage: usageOf(ask, outputTokens(answer)),
  };
}

/** The events of a streamed answer, in the order Anthropic sends them: a ping follows the first block's start. */
export function anthropicFrames(ask: Ask, answer: Answer, moment: Moment): Frame[] {
  const start = {
    ...messageHead(ask, moment),
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    usage: usageOf(ask, Math.min(1, outputTokens(answer))),
  };
  const frames: Frame[] = [event('open', 'message_start', { message: start })];
  blocksOf(answer, moment).forEach((block, index) => {
    frames.push(
      event(index === 0 ? 'open' : 'content', 'content_block_start', { index, content_block: emptied(block) }),
    );
    if (index === 0) frames.push(event('open', 'ping', {}));
    for (const delta of deltasOf(block)) frames.push(deltaFrame(index, delta));
    frames.push(event('close', 'content_block_stop', { index }));
  });
  // A block that ends while another follows is content, not the end of the answer.
  const lastStop = frames.length - 1;
  const inOrder = frames.map<Frame>((frame, at) =>
    frame.part === 'close' && at < lastStop ? { ...frame, part: 'content' } : frame,
  );
  const { input_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens } = usageOf(
    ask,
    outputTokens(answer),
  );
  const end = { stop_reason: STOP_REASON[answer.end], stop_sequence: answer.sequence ?? null, stop_details: null };
  const usage = { input_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens };
  return [...inOrder, event('close', 'message_delta', { delta: end, usage }), event('close', 'message_stop', {})];
}

function event(part: Frame['part'], type: string, fields: JsonObject): Frame {
  return { bytes: `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`, part, tokens: 0 };
}

interface Delta {
  json: string;
  tokens: number;
}

function deltaFrame(index: number, { json, tokens }: Delta): Frame {
  const data = `{"type":"content_block_delta","index":${index},"delta":${json}}`;
  return { bytes: `event: content_block_delta\ndata: ${data}\n\n`, part: 'content', tokens };
}

function emptied(block: JsonObject): JsonObject {
  if (block['type'] === 'thinking') return { type: 'thinking', thinking: '', signature: '' };
  if (block['type'] === 'text') return { type: 'text', text: '' };
  return { ...block, input: {} };
}

function* deltasOf(block: JsonObject): Generator<Delta> {
  if (block['type'] === 'thinking') {
    for (const token of splitTokens(String(block['thinking'])))
      yield { json: `{"type":"thinking_delta","thinking":${JSON.stringify(token)}}`, tokens: 1 };
    yield { json: JSON.stringify({ type: 'signature_delta', signature: block['signature'] }), tokens: 0 };
  } else if (block['type'] === 'text') {
    for (const token of splitTokens(String(block['text'])))
      yield { json: `{"type":"text_delta","text":${JSON.stringify(token)}}`, tokens: 1 };
  } else {
    yield { json: '{"type":"input_json_delta","partial_json":""}', tokens: 0 };
    for (const piece of splitTokens(JSON.stringify(block['input'])))
      yield { json: JSON.stringify({ type: 'input_json_delta', partial_json: piece }), tokens: 1 };
  }
}
