// Answers as OpenAI's Responses: the whole one, or its events, told item by item and piece by piece.
import { outputTokens, type Answer, type Ask } from './ask.js';
import { listIn, objectIn, objectsIn, type JsonObject } from './json.js';
import { dialectOf } from './openai-dialects.js';
import { cipherOf } from './responses-request.js';
import { splitTokens } from './token-count.js';
import type { Frame, Moment } from './wire.js';

interface ToldItem {
  /** As it is when it is done. */
  readonly item: JsonObject;
  /** As it is when it begins. */
  readonly begun: JsonObject;
  /** What is told in between: the events, and how many tokens each shows. */
  readonly pieces: readonly (readonly [event: JsonObject, tokens: number])[];
}

const summaryPart = (text: string) => ({ type: 'summary_text', text });

function thoughtOf(answer: Answer, asked: JsonObject, moment: Moment): ToldItem[] {
  if (answer.thoughtTokens === 0) return [];
  const id = `rs_${moment.mint.base62(24)}`;
  const isShown = objectIn(asked['reasoning'])['summary'] !== undefined && answer.thought !== '';
  const isKept = listIn(asked['include']).includes('reasoning.encrypted_content');
  const cipher = isKept ? { encrypted_content: cipherOf(id) } : {};
  const where = { item_id: id, summary_index: 0 };
  const pieces = splitTokens(answer.thought).map(
    (delta) => [{ type: 'response.reasoning_summary_text.delta', ...where, delta }, 1] as const,
  );
  return [
    {
      begun: { id, type: 'reasoning', summary: [] },
      item: { id, type: 'reasoning', summary: isShown ? [summaryPart(answer.thought)] : [], ...cipher },
      pieces: isShown
        ? [
            [{ type: 'response.reasoning_summary_part.added', ...where, part: summaryPart('') }, 0],
            ...pieces,
            [{ type: 'response.reasoning_summary_text.done', ...where, text: answer.thought }, 0],
            [{ type: 'response.reasoning_summary_part.done', ...where, part: summaryPart(answer.thought) }, 0],
          ]
        : [],
    },
  ];
}

/** A search is made wherever it may be, and nothing else is called. */
function searchOf(ask: Ask, answer: Answer, asked: JsonObject, moment: Moment): ToldItem[] {
  const isOffered = objectsIn(asked['tools']).some(
    ({ type }) => type === 'web_search' || type === 'web_search_preview',
  );
  if (!isOffered || answer.calls.length > 0) return [];
  const id = `ws_${moment.mint.base62(24)}`;
  const item = { id, type: 'web_search_call', status: 'completed', action: { type: 'search', query: ask.prompt } };
  const told = (state: string) => [{ type: `response.web_search_call.${state}`, item_id: id }, 0] as const;
  return [
    {
      begun: { id, type: 'web_search_call', status: 'in_progress' },
      item,
      pieces: ['in_progress', 'searching', 'completed'].map(told),
    },
  ];
}

function messageOf(answer: Answer, hasSearched: boolean, moment: Moment): ToldItem {
  const id = `msg_${moment.mint.base62(24)}`;
  const { text } = answer;
  const end = Math.min(text.length, 8);
  const url = 'https://example.com/answer';
  const annotations = hasSearched
    ? [{ type: 'url_citation', url, title: 'Answer', start_index: 0, end_index: end }]
    : [];
  const where = { item_id: id, content_index: 0 };
  const part = { type: 'output_text', text, annotations, logprobs: [] };
  return {
    begun: { id, type: 'message', status: 'in_progress', role: 'assistant', content: [] },
    item: {
      id,
      type: 'message',
      status: answer.end === 'length' ? 'incomplete' : 'completed',
      role: 'assistant',
      content: [part],
    },
    pieces: [
      [{ type: 'response.content_part.added', ...where, part: { ...part, text: '', annotations: [] } }, 0],
      ...splitTokens(text).map(
        (delta) => [{ type: 'response.output_text.delta', ...where, delta, logprobs: [] }, 1] as const,
      ),
      ...annotations.map(
        (annotation, annotation_index) =>
          [{ type: 'response.output_text.annotation.added', ...where, annotation, annotation_index }, 0] as const,
      ),
      [{ type: 'response.output_text.done', ...where, text, logprobs: [] }, 0],
      [{ type: 'response.content_part.done', ...where, part }, 0],
    ],
  };
}

function callsOf(answer: Answer, moment: Moment): ToldItem[] {
  return answer.calls.map((call) => {
    const id = `fc_${moment.mint.base62(24)}`;
    const args = JSON.stringify(call.args);
    const named = { id, type: 'function_call', call_id: `call_${moment.mint.base62(24)}`, name: call.name };
    const pieces = splitTokens(args).map(
      (delta) => [{ type: 'response.function_call_arguments.delta', item_id: id, delta }, 1] as const,
    );
    return {
      begun: { ...named, arguments: '', status: 'in_progress' },
      item: { ...named, arguments: args, status: 'completed' },
      pieces: [...pieces, [{ type: 'response.function_call_arguments.done', item_id: id, arguments: args }, 0]],
    };
  });
}

function itemsOf(ask: Ask, answer: Answer, asked: JsonObject, moment: Moment): ToldItem[] {
  const searches = searchOf(ask, answer, asked, moment);
  const said = answer.calls.length > 0 ? callsOf(answer, moment) : [messageOf(answer, searches.length > 0, moment)];
  return [...thoughtOf(answer, asked, moment), ...searches, ...said];
}

function headOf(ask: Ask, asked: JsonObject, moment: Moment): JsonObject {
  return {
    id: `resp_${moment.mint.base62(32)}`,
    object: 'response',
    created_at: Math.floor(moment.now.getTime() / 1000),
    background: false,
    error: null,
    instructions: asked['instructions'] ?? null,
    max_output_tokens: asked['max_output_tokens'] ?? null,
    model: dialectOf(ask.vendor).resolved[ask.model] ?? ask.model,
    parallel_tool_calls: asked['parallel_tool_calls'] ?? true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null, ...objectIn(asked['reasoning']) },
    service_tier: 'default',
    store: asked['store'] ?? true,
    temperature: asked['temperature'] ?? 1,
    text: { format: { type: 'text' }, ...objectIn(asked['text']) },
    tool_choice: asked['tool_choice'] ?? 'auto',
    tools: listIn(asked['tools']),
    top_p: asked['top_p'] ?? 1,
    truncation: asked['truncation'] ?? 'disabled',
    metadata: objectIn(asked['metadata']),
  };
}

function endOf(ask: Ask, answer: Answer, output: readonly JsonObject[]): JsonObject {
  const isCut = answer.end === 'length';
  const produced = outputTokens(answer);
  return {
    status: isCut ? 'incomplete' : 'completed',
    incomplete_details: isCut ? { reason: 'max_output_tokens' } : null,
    output,
    usage: {
      input_tokens: ask.inputTokens,
      input_tokens_details: { cached_tokens: ask.cachedTokens },
      output_tokens: produced,
      output_tokens_details: { reasoning_tokens: answer.thoughtTokens },
      total_tokens: ask.inputTokens + produced,
    },
  };
}

/** The body of a plain answer. */
export function wholeResponse(ask: Ask, answer: Answer, asked: JsonObject, moment: Moment): JsonObject {
  const output = itemsOf(ask, answer, asked, moment).map(({ item }) => item);
  return { ...headOf(ask, asked, moment), ...endOf(ask, answer, output) };
}

/** The events of a streamed answer, numbered. */
export function responseFrames(ask: Ask, answer: Answer, asked: JsonObject, moment: Moment): Frame[] {
  let sequence = 0;
  const frame = (part: Frame['part'], event: JsonObject, tokens = 0): Frame => ({
    bytes: eventBytes({ ...event, sequence_number: sequence++ }),
    part,
    tokens,
  });
  const begun = {
    ...headOf(ask, asked, moment),
    status: 'in_progress',
    incomplete_details: null,
    output: [],
    usage: null,
  };
  const told = itemsOf(ask, answer, asked, moment);
  const frames = ['created', 'in_progress'].map((state) =>
    frame('open', { type: `response.${state}`, response: begun }),
  );
  told.forEach(({ begun: first, item, pieces }, output_index) => {
    frames.push(frame('open', { type: 'response.output_item.added', output_index, item: first }));
    for (const [event, tokens] of pieces) {
      frames.push(frame(tokens > 0 ? 'content' : 'open', { ...event, output_index }, tokens));
    }
    frames.push(frame('open', { type: 'response.output_item.done', output_index, item }));
  });
  const end = endOf(
    ask,
    answer,
    told.map(({ item }) => item),
  );
  const response = { ...begun, ...end };
  return [...frames, frame('close', { type: `response.${String(end['status'])}`, response })];
}

/** One event as it goes over the wire. */
export const eventBytes = (event: JsonObject): string =>
  `event: ${String(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`;
