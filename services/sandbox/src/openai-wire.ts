// Reads requests of the OpenAI shape: chat completions, embeddings, models; the rest is in `openai-plain.ts`.
import { hashText } from './hash.js';
import type { Answer, AnswerForm, Ask, ToolOffer, ToolUse } from './ask.js';
import { embeddingOf, toBase64, toNumbers } from './embeddings.js';
import { isObject, listIn, numberIn, objectIn, objectsIn, textIn, type JsonObject } from './json.js';
import { openaiModels } from './model-lists.js';
import { openaiCompletion, openaiFrames, type OpenAiStyle } from './openai-answers.js';
import { dialectOf, isThinkingModel } from './openai-dialects.js';
import { openaiProblem } from './openai-errors.js';
import { eventBytes, responseFrames, wholeResponse } from './responses-answers.js';
import { headersFor } from './openai-headers.js';
import { chatOf, isResponsesOnly, lastUserText, responseProblem } from './responses-request.js';
import { PLAIN_PATHS, plainBody, plainText, readPlain } from './openai-plain.js';
import { countTokens } from './token-count.js';
import {
  BAD_KEY,
  NO_SUCH_MODEL,
  type Lookup,
  type Moment,
  type Problem,
  type Refusal,
  type Reply,
  type VendorRequest,
  type Wire,
} from './wire.js';

const KNOWN_FIELDS = new Set(
  'audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens messages metadata modalities model moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_options prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier stop store stream stream_options temperature tool_choice tools top_logprobs top_p user verbosity web_search_options'.split(
    ' ',
  ),
);
const STRICT_VENDORS = new Set(['openai', 'azure']);
const THINKING_BY_EFFORT: Readonly<Record<string, number>> = {
  none: 0,
  minimal: 8,
  low: 32,
  medium: 96,
  high: 256,
  xhigh: 512,
};
const IMAGE_TOKENS = 85;
const AUDIO_TOKENS = 100;
const MESSAGE_TOKENS = 3;
const MOST_CHOICES = 128;
const DIMENSIONS: Readonly<Record<string, number>> = {
  'text-embedding-3-large': 3072,
  'mistral-embed': 1024,
  'nomic-embed-text:latest': 768,
};
const USUAL_DIMENSIONS = 1536;

export const openaiWire: Wire = {
  refuseKey,
  glance,
  read,
  requestId: (vendor, mint, now) => dialectOf(vendor).requestId(mint, now),
  refuse,
};

function refuseKey({ vendor, headers }: VendorRequest): Problem | undefined {
  const bearer = /^Bearer\s+(.+)$/i.exec(headers.authorization ?? '')?.[1];
  const apiKey = headers['api-key'];
  const key = bearer ?? (typeof apiKey === 'string' ? apiKey : undefined);
  if (key === BAD_KEY) return { kind: 'bad_key', status: 401 };
  if (key === undefined && !dialectOf(vendor).isKeyless) return { kind: 'no_key', status: 401 };
  return undefined;
}

function refuse(vendor: string, problem: Problem, moment: Moment): Reply & { status: number } {
  const { status, body } = openaiProblem(vendor, problem);
  const headers = headersFor(vendor, moment, 'application/json');
  if (problem.retryAfterSeconds !== undefined) {
    headers['retry-after'] = String(Math.ceil(problem.retryAfterSeconds));
    if (vendor === 'openai' || vendor === 'azure')
      headers['retry-after-ms'] = String(Math.round(problem.retryAfterSeconds * 1000));
  }
  if (status === 429 && 'x-ratelimit-remaining-requests' in headers) headers['x-ratelimit-remaining-requests'] = '0';
  return { status, headers, body: JSON.stringify(body) };
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return objectsIn(content)
    .map((part) => textIn(part['text']))
    .filter((text) => text !== undefined)
    .join('\n');
}

function modelOf(request: VendorRequest, body: unknown): string {
  const deployment = /\/deployments\/([^/]+)\//.exec(request.path)?.[1];
  return textIn(plainBody(request, body)['model']) ?? deployment ?? '';
}

function glance(request: VendorRequest, body: unknown): { model: string; lastText: string } {
  const fields = plainBody(request, body);
  if (isResponsesPath(request)) return { model: modelOf(request, body), lastText: lastUserText(fields) };
  const lastUser = objectsIn(fields['messages']).findLast((message) => message['role'] === 'user');
  const input = fields['input'];
  const lastText =
    lastUser === undefined
      ? String(listIn(input).at(-1) ?? textIn(input) ?? plainText(fields) ?? '')
      : textOf(lastUser['content']);
  return { model: modelOf(request, body), lastText };
}

function read(request: VendorRequest, body: unknown, prompt: string, cachedTokens: number): ReturnType<Wire['read']> {
  const { method, path, vendor } = request;
  if (method === 'POST' && path.endsWith('/chat/completions')) return readChat(request, body, prompt, cachedTokens);
  if (method === 'POST' && isResponsesPath(request)) return readResponse(request, body, prompt, cachedTokens);
  if (method === 'POST' && path.endsWith('/embeddings')) return readEmbeddings(request, body);
  const plain = method === 'POST' ? PLAIN_PATHS[/\/(?:audio\/)?[^/]+$/.exec(path)?.[0] ?? ''] : undefined;
  if (plain !== undefined) {
    return readPlain(plain, request, body, (moment, contentType) => headersFor(vendor, moment, contentType));
  }
  const listed = method === 'GET' ? /\/models(?:\/(.+))?$/.exec(path) : null;
  if (listed) return readModels(vendor, listed[1] === undefined ? undefined : decodeURIComponent(listed[1]));
  return refusal('unknown', '', { kind: 'no_route', status: 404, message: `Invalid URL (${method} ${path})` });
}

function refusal(endpoint: Refusal['endpoint'], model: string, problem: Problem): Refusal {
  return { kind: 'refusal', endpoint, model, problem };
}

function readChat(
  request: VendorRequest,
  body: unknown,
  prompt: string,
  cachedTokens: number,
): ReturnType<Wire['read']> {
  const { vendor } = request;
  if (!isObject(body)) return refusal('chat', '', { kind: 'not_json', status: 400 });
  const model = modelOf(request, body);
  const problem = chatProblem(vendor, model, body);
  if (problem !== undefined) return refusal('chat', model, problem);
  const ask = askOf(vendor, model, body, prompt, cachedTokens);
  const style: OpenAiStyle = {
    isUsageAsked: objectIn(body['stream_options'])['include_usage'] === true,
    topLogprobs: body['logprobs'] === true ? Math.min(20, numberIn(body['top_logprobs']) ?? 0) : undefined,
  };
  return {
    kind: 'generation',
    endpoint: 'chat',
    model,
    ask,
    choices: Math.min(MOST_CHOICES, Math.max(1, numberIn(body['n']) ?? 1)),
    isStream: body['stream'] === true,
    answer: (answers, moment) => ({
      headers: headersFor(vendor, moment, 'application/json'),
      body: JSON.stringify(openaiCompletion(ask, answers, moment, style)),
    }),
    stream: (answers, moment) => ({
      headers: headersFor(vendor, moment, 'text/event-stream; charset=utf-8'),
      frames: openaiFrames(ask, answers, moment, style),
    }),
    streamProblem: (trouble) => `data: ${JSON.stringify(openaiProblem(vendor, trouble).body)}\n\n`,
  };
}

const isResponsesPath = ({ path }: VendorRequest): boolean => path.endsWith('/responses');

function readResponse(
  request: VendorRequest,
  body: unknown,
  prompt: string,
  cachedTokens: number,
): ReturnType<Wire['read']> {
  const { vendor } = request;
  if (!isObject(body)) return refusal('chat', '', { kind: 'not_json', status: 400 });
  const model = modelOf(request, body);
  const problem = responseProblem(body, model, STRICT_VENDORS.has(vendor));
  if (problem !== undefined) return refusal('chat', model, problem);
  const ask = askOf(vendor, model, chatOf(body), prompt, cachedTokens);
  const only = (answers: readonly Answer[]): Answer => {
    const [answer] = answers;
    if (answer === undefined) throw new Error('no answer was made');
    return answer;
  };
  return {
    kind: 'generation',
    endpoint: 'chat',
    model,
    ask,
    choices: 1,
    isStream: body['stream'] === true,
    answer: (answers, moment) => ({
      headers: headersFor(vendor, moment, 'application/json'),
      body: JSON.stringify(wholeResponse(ask, only(answers), body, moment)),
    }),
    stream: (answers, moment) => ({
      headers: headersFor(vendor, moment, 'text/event-stream; charset=utf-8'),
      frames: responseFrames(ask, only(answers), body, moment),
    }),
    streamProblem: (trouble) => {
      const { code, message, param } = objectIn(objectIn(openaiProblem(vendor, trouble).body)['error']);
      return eventBytes({
        type: 'error',
        code: code ?? 'server_error',
        message,
        param: param ?? null,
        sequence_number: 0,
      });
    },
  };
}

function chatProblem(vendor: string, model: string, body: JsonObject): Problem | undefined {
  const bad = (message: string, param?: string, code?: string): Problem => ({
    kind: 'bad_request',
    status: 400,
    message,
    param,
    code,
  });
  if (model === '') return bad('you must provide a model parameter');
  if (NO_SUCH_MODEL.test(model)) return { kind: 'no_model', status: 404, model };
  const messages = body['messages'];
  if (messages === undefined)
    return bad("Missing required parameter: 'messages'.", 'messages', 'missing_required_parameter');
  if (!Array.isArray(messages)) {
    return bad(
      `Invalid type for 'messages': expected an array of objects, but got ${typeof messages} instead.`,
      'messages',
      'invalid_type',
    );
  }
  if (messages.length === 0) {
    return bad(
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      'messages',
      'empty_array',
    );
  }
  const temperature = numberIn(body['temperature']);
  if (temperature !== undefined && temperature > 2) {
    return bad(
      `Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got ${temperature.toFixed(1)} instead.`,
      'temperature',
      'decimal_above_max_value',
    );
  }
  if (!STRICT_VENDORS.has(vendor)) return undefined;
  if (isResponsesOnly(model)) {
    const message = 'This model is only supported in v1/responses and not in v1/chat/completions.';
    return { kind: 'no_route', status: 404, message, param: 'model' };
  }
  const stranger = Object.keys(body).find((field) => !KNOWN_FIELDS.has(field));
  if (stranger !== undefined) return bad(`Unrecognized request argument supplied: ${stranger}`);
  if (isThinkingModel(model) && body['max_tokens'] !== undefined && body['max_tokens'] !== null) {
    return bad(
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      'max_tokens',
      'unsupported_parameter',
    );
  }
  return undefined;
}

function askOf(vendor: string, model: string, body: JsonObject, prompt: string, cachedTokens: number): Ask {
  const messages = objectsIn(body['messages']);
  const tools = toolsOf(body);
  let conversation = hashText(prompt);
  let inputTokens = tools.length > 0 ? countTokens(JSON.stringify(body['tools'] ?? body['functions'])) : 0;
  const lastUser = messages.findLastIndex((message) => message['role'] === 'user');
  messages.forEach((message, at) => {
    const text = textOf(message['content']);
    const parts = objectsIn(message['content']).map((part) => textIn(part['type']));
    const calls = message['tool_calls'] === undefined ? '' : JSON.stringify(message['tool_calls']);
    inputTokens += countTokens(text) + countTokens(calls) + MESSAGE_TOKENS;
    inputTokens += parts.filter((type) => type === 'image_url').length * IMAGE_TOKENS;
    inputTokens += parts.filter((type) => type === 'input_audio').length * AUDIO_TOKENS;
    if (at !== lastUser) conversation = hashText(text, conversation);
  });
  const results = messages
    .slice(lastUser + 1)
    .filter((message) => message['role'] === 'tool' || message['role'] === 'function');
  const stop = body['stop'];
  return {
    vendor,
    model,
    prompt,
    instructions: messages
      .filter(({ role }) => role === 'system' || role === 'developer')
      .map((message) => textOf(message['content']))
      .join('\n'),
    conversation,
    toolResult: results.length === 0 ? undefined : results.map((message) => textOf(message['content'])).join('; '),
    tools,
    toolUse: toolUseOf(body),
    isParallelToolUseAllowed: body['parallel_tool_calls'] !== false,
    form: formOf(body['response_format']),
    stops: typeof stop === 'string' ? [stop] : listIn(stop).filter((one) => typeof one === 'string'),
    maxTokens: numberIn(body['max_completion_tokens']) ?? numberIn(body['max_tokens']),
    seed: numberIn(body['seed']) ?? numberIn(body['random_seed']),
    thinkingTokens: thinkingOf(model, body),
    inputTokens,
    cachedTokens: Math.min(cachedTokens, inputTokens),
    cacheWrites: { fiveMinutes: 0, oneHour: 0 },
  };
}

function toolsOf(body: JsonObject): ToolOffer[] {
  const current = objectsIn(body['tools']).map((tool) => objectIn(tool['function']));
  return [...current, ...objectsIn(body['functions'])].map((tool) => ({
    name: textIn(tool['name']) ?? '',
    description: textIn(tool['description']) ?? '',
    schema: objectIn(tool['parameters']),
  }));
}

function toolUseOf(body: JsonObject): ToolUse {
  const choice = body['tool_choice'];
  if (choice === 'none') return { rule: 'none' };
  if (choice === 'required' || choice === 'any') return { rule: 'any' };
  const name = textIn(objectIn(objectIn(choice)['function'])['name']);
  return name === undefined ? { rule: 'auto' } : { rule: 'named', name };
}

function formOf(format: unknown): AnswerForm {
  const { type, json_schema: declared } = objectIn(format);
  if (type === 'json_object') return { kind: 'json' };
  return type === 'json_schema' ? { kind: 'schema', schema: objectIn(objectIn(declared)['schema']) } : { kind: 'text' };
}

function thinkingOf(model: string, body: JsonObject): number {
  const effort = textIn(body['reasoning_effort']) ?? textIn(objectIn(body['reasoning'])['effort']);
  const wanted =
    body['enable_thinking'] ?? { enabled: true, disabled: false }[String(objectIn(body['thinking'])['type'])];
  const isThinking = typeof wanted === 'boolean' ? wanted : isThinkingModel(model);
  return isThinking ? (THINKING_BY_EFFORT[effort ?? 'low'] ?? 32) : 0;
}

function readEmbeddings(request: VendorRequest, body: unknown): Lookup | Refusal {
  const { vendor } = request;
  if (!isObject(body)) return refusal('embeddings', '', { kind: 'not_json', status: 400 });
  const model = modelOf(request, body);
  if (NO_SUCH_MODEL.test(model)) return refusal('embeddings', model, { kind: 'no_model', status: 404, model });
  const given = body['input'];
  const inputs = Array.isArray(given) && typeof given[0] !== 'number' ? given : [given];
  if (model === '' || given === undefined || inputs.length === 0) {
    return refusal('embeddings', model, {
      kind: 'bad_request',
      status: 400,
      message: "'$.input' is invalid. Please check the API reference.",
    });
  }
  const texts = inputs.map((input) => (typeof input === 'string' ? input : listIn(input).join(' ')));
  const tokens = inputs.reduce<number>(
    (sum, input) => sum + (typeof input === 'string' ? countTokens(input) : listIn(input).length),
    0,
  );
  const dimensions = Math.min(4096, Math.max(1, numberIn(body['dimensions']) ?? DIMENSIONS[model] ?? USUAL_DIMENSIONS));
  const encode = body['encoding_format'] === 'base64' ? toBase64 : toNumbers;
  return {
    kind: 'lookup',
    endpoint: 'embeddings',
    model,
    usage: { input: tokens, output: 0, reasoning: 0, cached: 0, cacheWrite: 0 },
    reply: (moment) => ({
      headers: headersFor(vendor, moment, 'application/json'),
      body: JSON.stringify({
        object: 'list',
        data: texts.map((text, index) => ({
          object: 'embedding',
          index,
          embedding: encode(embeddingOf(model, text, dimensions)),
        })),
        model,
        usage: { prompt_tokens: tokens, total_tokens: tokens },
      }),
    }),
  };
}

function readModels(vendor: string, id: string | undefined): Lookup | Refusal {
  if (id !== undefined && NO_SUCH_MODEL.test(id))
    return refusal('models', id, { kind: 'no_model', status: 404, model: id });
  const entry = (name: string): JsonObject => ({ id: name, object: 'model', created: 1_760_000_000, owned_by: vendor });
  const listing = id === undefined ? { object: 'list', data: openaiModels(vendor).map(entry) } : entry(id);
  return {
    kind: 'lookup',
    endpoint: 'models',
    model: id ?? '',
    usage: null,
    reply: (moment) => ({ headers: headersFor(vendor, moment, 'application/json'), body: JSON.stringify(listing) }),
  };
}
