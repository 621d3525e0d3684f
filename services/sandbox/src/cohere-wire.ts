// Reads requests to Cohere: the second version of chat, embed and rerank, and models.
import type { AnswerForm, Ask, ToolUse } from './ask.js';
import { cohereFrames, cohereMessage } from './cohere-answers.js';
import { readEmbed, readRerank } from './cohere-plain.js';
import { hashText } from './hash.js';
import { isObject, listIn, numberIn, objectIn, objectsIn, textIn, type JsonObject } from './json.js';
import { COHERE_MODELS } from './model-lists.js';
import { countTokens } from './token-count.js';
import {
  BAD_KEY,
  NO_SUCH_MODEL,
  type Moment,
  type Problem,
  type ProblemKind,
  type Refusal,
  type Reply,
  type VendorRequest,
  type Wire,
} from './wire.js';

const IMAGE_TOKENS = 258;
const MESSAGE_TOKENS = 4;
const USUAL_THOUGHT = 48;
const THINKS = /reasoning|command-a-plus/;

export const cohereWire: Wire = { refuseKey, glance, read, refuse, requestId: (_vendor, mint) => mint.hex(32) };

const MESSAGE: Readonly<Record<ProblemKind, (problem: Problem) => string | undefined>> = {
  no_key: () => 'no api key supplied',
  bad_key: () => 'invalid api token',
  no_model: ({ model }) =>
    `model '${model}' not found, make sure the correct model ID was used and that you have access to the model.`,
  no_route: () => '404 page not found',
  not_json: () => 'invalid json syntax: invalid character looking for beginning of value',
  bad_request: ({ message }) => message,
  too_large: () => 'request body too large',
  rate_limited: () => 'Please wait and try again later',
  forced: ({ message }) => message,
};

function problemBody(problem: Problem, { mint }: Moment): string {
  const message =
    MESSAGE[problem.kind](problem) ?? (problem.status >= 500 ? 'internal server error' : 'invalid request');
  return JSON.stringify({
    id: mint.uuid(),
    message,
    ...(problem.code === undefined ? {} : { error_type: problem.code }),
  });
}

function headersFor({ requestId }: Moment, contentType: string): Record<string, string> {
  return { 'content-type': contentType, 'x-debug-trace-id': requestId, vary: 'Origin' };
}

function refuse(_vendor: string, problem: Problem, moment: Moment): Reply & { status: number } {
  const headers = headersFor(moment, 'application/json');
  if (problem.retryAfterSeconds !== undefined) headers['retry-after'] = String(Math.ceil(problem.retryAfterSeconds));
  return { status: problem.status, headers, body: problemBody(problem, moment) };
}

function refuseKey({ headers }: VendorRequest): Problem | undefined {
  const key = /^Bearer\s+(.+)$/i.exec(headers.authorization ?? '')?.[1];
  if (key === BAD_KEY) return { kind: 'bad_key', status: 401 };
  return key === undefined ? { kind: 'no_key', status: 401 } : undefined;
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return objectsIn(content)
    .map((part) => textIn(part['text']) ?? textIn(part['thinking']) ?? JSON.stringify(part['document'] ?? ''))
    .join('\n');
}

function glance(_request: VendorRequest, body: unknown): { model: string; lastText: string } {
  const fields = objectIn(body);
  const asked = objectsIn(fields['messages']).findLast((message) => message['role'] === 'user');
  const other = textIn(fields['query']) ?? listIn(fields['texts']).at(-1);
  return { model: textIn(fields['model']) ?? '', lastText: asked ? textOf(asked['content']) : (textIn(other) ?? '') };
}

function refusal(endpoint: Refusal['endpoint'], model: string, problem: Problem): Refusal {
  return { kind: 'refusal', endpoint, model, problem };
}

function read(request: VendorRequest, body: unknown, prompt: string, cachedTokens: number): ReturnType<Wire['read']> {
  const { method, path } = request;
  if (method === 'GET' && path === '/v1/models') return listModels();
  if (method === 'POST' && path === '/v2/embed') return readEmbed(objectIn(body), headersFor);
  if (method === 'POST' && path === '/v2/rerank') return readRerank(objectIn(body), headersFor);
  if (method !== 'POST' || path !== '/v2/chat') return refusal('unknown', '', { kind: 'no_route', status: 404 });
  if (!isObject(body)) return refusal('chat', '', { kind: 'not_json', status: 400 });
  const model = textIn(body['model']) ?? '';
  const problem = chatProblem(model, body);
  if (problem !== undefined) return refusal('chat', model, problem);
  const ask = askOf(request.vendor, model, body, prompt, cachedTokens);
  return {
    kind: 'generation',
    endpoint: 'chat',
    model,
    ask,
    choices: 1,
    isStream: body['stream'] === true,
    answer: (answers, moment) => ({
      headers: headersFor(moment, 'application/json'),
      body: JSON.stringify(answers[0] === undefined ? {} : cohereMessage(ask, answers[0], moment)),
    }),
    stream: (answers, moment) => ({
      headers: headersFor(moment, 'text/event-stream'),
      frames: answers[0] === undefined ? [] : cohereFrames(ask, answers[0], moment),
    }),
    streamProblem: (trouble) => {
      const delta = { finish_reason: 'ERROR', error: trouble.message ?? 'internal server error' };
      return `event: message-end\ndata: ${JSON.stringify({ type: 'message-end', delta })}\n\n`;
    },
  };
}

function chatProblem(model: string, body: JsonObject): Problem | undefined {
  const bad = (message: string): Problem => ({
    kind: 'bad_request',
    status: 400,
    message: `invalid request: ${message}`,
  });
  if (model === '') return bad('model is required');
  if (NO_SUCH_MODEL.test(model)) return { kind: 'no_model', status: 404, model };
  const messages = objectsIn(body['messages']);
  if (messages.length === 0) return bad('messages must have at least one message');
  const role = messages.map((message) => message['role']).find((one) => !ROLES.has(String(one)));
  if (role !== undefined) return bad(`unknown role "${String(role)}"`);
  if (body['response_format'] !== undefined && objectIn(body['response_format'])['type'] !== 'text') {
    if (objectsIn(body['tools']).length > 0) return bad('cannot specify both response_format and tools');
  }
  return undefined;
}

const ROLES = new Set(['system', 'user', 'assistant', 'tool']);

function askOf(vendor: string, model: string, body: JsonObject, prompt: string, cachedTokens: number): Ask {
  const messages = objectsIn(body['messages']);
  const last = messages.at(-1);
  const tools = objectsIn(body['tools']).map((tool) => objectIn(tool['function']));
  const documents = listIn(body['documents']);
  const inputTokens =
    messages.reduce((sum, message) => sum + tokensOf(message), 0) +
    (tools.length > 0 ? countTokens(JSON.stringify(tools)) : 0) +
    (documents.length > 0 ? countTokens(JSON.stringify(documents)) : 0);
  const earlier = messages.slice(0, -1).map((message) => textOf(message['content']));
  return {
    vendor,
    model,
    prompt,
    instructions: messages
      .filter(({ role }) => role === 'system')
      .map((message) => textOf(message['content']))
      .join('\n'),
    conversation: earlier.reduce((hash, text) => hashText(text, hash), hashText(prompt)),
    toolResult: last?.['role'] === 'tool' ? resultsAtEnd(messages) : undefined,
    tools: tools.map((tool) => ({
      name: textIn(tool['name']) ?? '',
      description: textIn(tool['description']) ?? '',
      schema: objectIn(tool['parameters']),
    })),
    toolUse: toolUseOf(body['tool_choice']),
    isParallelToolUseAllowed: true,
    form: formOf(objectIn(body['response_format'])),
    stops: listIn(body['stop_sequences']).filter((one) => typeof one === 'string'),
    maxTokens: numberIn(body['max_tokens']),
    seed: numberIn(body['seed']),
    thinkingTokens: thinkingOf(model, objectIn(body['thinking'])),
    inputTokens,
    cachedTokens: Math.min(cachedTokens, inputTokens),
    cacheWrites: { fiveMinutes: 0, oneHour: 0 },
  };
}

function tokensOf(message: JsonObject): number {
  const images = objectsIn(message['content']).filter((part) => part['type'] === 'image_url').length;
  const calls = message['tool_calls'] === undefined ? '' : JSON.stringify(message['tool_calls']);
  return countTokens(textOf(message['content']) + calls) + images * IMAGE_TOKENS + MESSAGE_TOKENS;
}

function resultsAtEnd(messages: readonly JsonObject[]): string {
  const asked = messages.findLastIndex((message) => message['role'] !== 'tool');
  return messages
    .slice(asked + 1)
    .map((message) => textOf(message['content']))
    .join('; ');
}

function toolUseOf(choice: unknown): ToolUse {
  if (choice === 'NONE') return { rule: 'none' };
  return choice === 'REQUIRED' ? { rule: 'any' } : { rule: 'auto' };
}

function formOf(format: JsonObject): AnswerForm {
  if (format['type'] !== 'json_object') return { kind: 'text' };
  return isObject(format['json_schema']) ? { kind: 'schema', schema: format['json_schema'] } : { kind: 'json' };
}

function thinkingOf(model: string, thinking: JsonObject): number {
  if (thinking['type'] === 'disabled' || !THINKS.test(model)) return 0;
  return Math.min(USUAL_THOUGHT, numberIn(thinking['token_budget']) ?? USUAL_THOUGHT);
}

function listModels(): ReturnType<Wire['read']> {
  const models = COHERE_MODELS.map((name) => ({
    name,
    endpoints: ['chat'],
    finetuned: false,
    context_length: 256_000,
  }));
  const reply = (moment: Moment): Reply => ({
    headers: headersFor(moment, 'application/json'),
    body: JSON.stringify({ models }),
  });
  return { kind: 'lookup', endpoint: 'models', model: '', usage: null, reply };
}
