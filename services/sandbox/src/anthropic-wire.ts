// Reads Anthropic requests: messages, count_tokens, models.
import { anthropicFrames, anthropicMessage } from './anthropic-answers.js';
import { anthropicProblem } from './anthropic-errors.js';
import type { AnswerForm, Ask, ToolUse } from './ask.js';
import { hashText } from './hash.js';
import { isObject, listIn, numberIn, objectIn, objectsIn, textIn, type JsonObject } from './json.js';
import { ANTHROPIC_MODELS } from './model-lists.js';
import { PromptCache } from './prompt-cache.js';
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
  'cache_control container context_management inference_geo max_tokens mcp_servers messages metadata model output_config output_format service_tier speed stop_sequences stream system temperature thinking tool_choice tools top_k top_p user_profile_id'.split(
    ' ',
  ),
);
const IMAGE_TOKENS = 258;
const MESSAGE_TOKENS = 4;
const SMALLEST_CACHED_PREFIX = 1024;
const FIVE_MINUTES_MS = 300_000;
const ONE_HOUR_MS = 3_600_000;
const USUAL_THOUGHT = 48;

/** A wire with a prompt cache of its own. */
export function createAnthropicWire(): Wire {
  const cache = new PromptCache();
  return {
    refuseKey,
    glance,
    refuse,
    requestId: (_vendor, mint) => `req_011${mint.base62(21)}`,
    read(request, body, prompt, cachedTokens) {
      const { method, path } = request;
      if (method === 'POST' && path === '/v1/messages') return readMessages(request, body, prompt, cachedTokens, cache);
      if (method === 'POST' && path === '/v1/messages/count_tokens') return readCount(body);
      const listed = method === 'GET' ? /^\/v1\/models(?:\/(.+))?$/.exec(path) : null;
      if (listed) return readModels(listed[1]);
      return refusal('unknown', '', { kind: 'no_route', status: 404 });
    },
  };
}

function refuseKey({ headers }: VendorRequest): Problem | undefined {
  const apiKey = headers['x-api-key'];
  const key = typeof apiKey === 'string' ? apiKey : /^Bearer\s+(.+)$/i.exec(headers.authorization ?? '')?.[1];
  if (key === BAD_KEY) return { kind: 'bad_key', status: 401 };
  return key === undefined ? { kind: 'no_key', status: 401 } : undefined;
}

function refuse(_vendor: string, problem: Problem, moment: Moment): Reply & { status: number } {
  const { status, body } = anthropicProblem(problem, moment.requestId);
  const headers = headersFor(moment, 'application/json');
  headers['x-should-retry'] = String(status === 408 || status === 409 || status === 429 || status >= 500);
  if (problem.retryAfterSeconds !== undefined) headers['retry-after'] = String(Math.ceil(problem.retryAfterSeconds));
  if (status === 429) headers['anthropic-ratelimit-requests-remaining'] = '0';
  return { status, headers, body: JSON.stringify(body) };
}

function headersFor({ requestId, quota, now }: Moment, contentType: string): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': contentType, 'request-id': requestId };
  const reset = `${new Date(now.getTime() + quota.resetMs).toISOString().slice(0, 19)}Z`;
  const limit = (name: string, most: number, left: number): void => {
    headers[`anthropic-ratelimit-${name}-limit`] = String(most);
    headers[`anthropic-ratelimit-${name}-remaining`] = String(left);
    headers[`anthropic-ratelimit-${name}-reset`] = reset;
  };
  limit('requests', quota.requestLimit, quota.requestsLeft);
  limit('input-tokens', quota.tokenLimit, quota.tokensLeft);
  limit('output-tokens', quota.tokenLimit, quota.tokensLeft);
  limit('tokens', quota.tokenLimit, quota.tokensLeft);
  return headers;
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return objectsIn(content)
    .map(
      (block) =>
        textIn(block['text']) ??
        textIn(block['thinking']) ??
        (block['type'] === 'tool_result' ? textOf(block['content']) : ''),
    )
    .join('\n');
}

function isToolResultTurn(message: JsonObject | undefined): boolean {
  return objectsIn(message?.['content']).some((block) => block['type'] === 'tool_result');
}

function glance(_request: VendorRequest, body: unknown): { model: string; lastText: string } {
  const fields = objectIn(body);
  const users = objectsIn(fields['messages']).filter((message) => message['role'] === 'user');
  const asked = users.findLast((message) => !isToolResultTurn(message)) ?? users.at(-1);
  return { model: textIn(fields['model']) ?? '', lastText: textOf(asked?.['content']) };
}

function refusal(endpoint: Refusal['endpoint'], model: string, problem: Problem): Refusal {
  return { kind: 'refusal', endpoint, model, problem };
}

function readMessages(
  request: VendorRequest,
  body: unknown,
  prompt: string,
  cachedTokens: number,
  cache: PromptCache,
): ReturnType<Wire['read']> {
  if (!isObject(body)) return refusal('chat', '', { kind: 'not_json', status: 400 });
  const model = textIn(body['model']) ?? '';
  const problem = messagesProblem(request, model, body);
  if (problem !== undefined) return refusal('chat', model, problem);
  const ask = askOf(request, model, body, prompt, cachedTokens, cache);
  return {
    kind: 'generation',
    endpoint: 'chat',
    model,
    ask,
    choices: 1,
    isStream: body['stream'] === true,
    answer: (answers, moment) => ({
      headers: headersFor(moment, 'application/json'),
      body: JSON.stringify(answers[0] && anthropicMessage(ask, answers[0], moment)),
    }),
    stream: (answers, moment) => ({
      headers: headersFor(moment, 'text/event-stream; charset=utf-8'),
      frames: answers[0] === undefined ? [] : anthropicFrames(ask, answers[0], moment),
    }),
    streamProblem: (trouble, moment) =>
      `event: error\ndata: ${JSON.stringify(anthropicProblem(trouble, moment.requestId).body)}\n\n`,
  };
}

function messagesProblem({ headers }: VendorRequest, model: string, body: JsonObject): Problem | undefined {
  const bad = (message: string): Problem => ({ kind: 'bad_request', status: 400, message });
  if (headers['anthropic-version'] === undefined) return bad('anthropic-version: header is required');
  if (model === '') return bad('model: Field required');
  if (NO_SUCH_MODEL.test(model)) return { kind: 'no_model', status: 404, model };
  if (body['max_tokens'] === undefined) return bad('max_tokens: Field required');
  if (!Array.isArray(body['messages']))
    return bad(body['messages'] === undefined ? 'messages: Field required' : 'messages: Input should be a valid list');
  if (body['messages'].length === 0) return bad('messages: at least one message is required');
  const stranger = Object.keys(body).find((field) => !KNOWN_FIELDS.has(field));
  if (stranger !== undefined) return bad(`${stranger}: Extra inputs are not permitted`);
  const role = objectsIn(body['messages'])
    .map((message) => message['role'])
    .find((one) => one !== 'user' && one !== 'assistant');
  if (role !== undefined)
    return bad(
      `messages: Unexpected role "${String(role)}". The Messages API accepts a top-level \`system\` parameter, not "system" as an input message role.`,
    );
  const temperature = numberIn(body['temperature']);
  return temperature !== undefined && (temperature < 0 || temperature > 1)
    ? bad('temperature: range: 0..1')
    : undefined;
}

/** A piece of the prompt in the order Anthropic caches it: tools, system, messages. */
interface Piece {
  text: string;
  tokens: number;
  cacheControl: JsonObject | undefined;
}

function piecesOf(body: JsonObject): Piece[] {
  const piece = (block: JsonObject, text: string, extra = 0): Piece => ({
    text,
    tokens: countTokens(text) + extra,
    cacheControl: isObject(block['cache_control']) ? block['cache_control'] : undefined,
  });
  const blocks = (content: unknown, extra: number): Piece[] => {
    if (typeof content === 'string') return [piece({}, content, extra)];
    return objectsIn(content).map((block, at) => {
      const isMedia = block['type'] === 'image' || block['type'] === 'document';
      const text = block['type'] === 'tool_use' ? JSON.stringify(block['input']) : textOf([block]);
      return piece(block, text, (at === 0 ? extra : 0) + (isMedia ? IMAGE_TOKENS : 0));
    });
  };
  return [
    ...objectsIn(body['tools']).map((tool) => piece(tool, JSON.stringify(tool))),
    ...blocks(body['system'], 0),
    ...objectsIn(body['messages']).flatMap((message) => blocks(message['content'], MESSAGE_TOKENS)),
  ];
}

function cacheLook(
  model: string,
  pieces: Piece[],
  cache: PromptCache,
  nowMs: number,
): { read: number; written: number; isOneHour: boolean } {
  const prefixes: { key: string; tokens: number }[] = [];
  let isOneHour = false;
  let hash = hashText(model);
  let tokens = 0;
  for (const { text, tokens: own, cacheControl } of pieces) {
    hash = hashText(text, hash);
    tokens += own;
    if (cacheControl === undefined || tokens < SMALLEST_CACHED_PREFIX) continue;
    prefixes.push({ key: `${hash}/${tokens}`, tokens });
    isOneHour ||= cacheControl['ttl'] === '1h';
  }
  return { ...cache.look(prefixes, isOneHour ? ONE_HOUR_MS : FIVE_MINUTES_MS, nowMs), isOneHour };
}

function askOf(
  { vendor, nowMs }: VendorRequest,
  model: string,
  body: JsonObject,
  prompt: string,
  cachedTokens: number,
  cache: PromptCache,
): Ask {
  const messages = objectsIn(body['messages']);
  const pieces = piecesOf(body);
  const inputTokens = pieces.reduce((sum, piece) => sum + piece.tokens, 0);
  const look = cacheLook(model, pieces, cache, nowMs);
  const last = messages.at(-1);
  const earlier = [textOf(body['system']), ...messages.slice(0, -1).map((message) => textOf(message['content']))];
  return {
    vendor,
    model,
    prompt,
    instructions: textOf(body['system']),
    conversation: earlier.reduce((hash, text) => hashText(text, hash), hashText(prompt)),
    toolResult: isToolResultTurn(last) ? textOf(last?.['content']) : undefined,
    tools: objectsIn(body['tools'])
      .filter((tool) => isObject(tool['input_schema']))
      .map((tool) => ({
        name: textIn(tool['name']) ?? '',
        description: textIn(tool['description']) ?? '',
        schema: objectIn(tool['input_schema']),
      })),
    toolUse: toolUseOf(objectIn(body['tool_choice'])),
    isParallelToolUseAllowed: objectIn(body['tool_choice'])['disable_parallel_tool_use'] !== true,
    form: formOf(body),
    stops: listIn(body['stop_sequences']).filter((one) => typeof one === 'string'),
    maxTokens: numberIn(body['max_tokens']),
    seed: undefined,
    thinkingTokens: thinkingOf(objectIn(body['thinking'])),
    inputTokens,
    cachedTokens: Math.min(inputTokens, Math.max(look.read, cachedTokens)),
    cacheWrites:
      cachedTokens > 0
        ? { fiveMinutes: 0, oneHour: 0 }
        : { fiveMinutes: look.isOneHour ? 0 : look.written, oneHour: look.isOneHour ? look.written : 0 },
  };
}

function toolUseOf(choice: JsonObject): ToolUse {
  if (choice['type'] === 'none') return { rule: 'none' };
  if (choice['type'] === 'any') return { rule: 'any' };
  return choice['type'] === 'tool' ? { rule: 'named', name: textIn(choice['name']) ?? '' } : { rule: 'auto' };
}

function formOf(body: JsonObject): AnswerForm {
  const format = objectIn(objectIn(body['output_config'])['format'] ?? body['output_format']);
  return format['type'] === 'json_schema' ? { kind: 'schema', schema: objectIn(format['schema']) } : { kind: 'text' };
}

function thinkingOf(thinking: JsonObject): number {
  if (thinking['type'] === 'adaptive') return USUAL_THOUGHT;
  return thinking['type'] === 'enabled'
    ? Math.min(USUAL_THOUGHT, numberIn(thinking['budget_tokens']) ?? USUAL_THOUGHT)
    : 0;
}

function readCount(body: unknown): Lookup | Refusal {
  if (!isObject(body)) return refusal('count_tokens', '', { kind: 'not_json', status: 400 });
  const model = textIn(body['model']) ?? '';
  if (NO_SUCH_MODEL.test(model)) return refusal('count_tokens', model, { kind: 'no_model', status: 404, model });
  const input = piecesOf(body).reduce((sum, piece) => sum + piece.tokens, 0);
  return lookup('count_tokens', model, { input_tokens: input });
}

function readModels(id: string | undefined): Lookup | Refusal {
  const entry = ([model, name]: readonly [string, string]): JsonObject => ({
    type: 'model',
    id: model,
    display_name: name,
    created_at: '2025-10-01T00:00:00Z',
    max_input_tokens: 1_000_000,
    max_tokens: 128_000,
  });
  if (id !== undefined && NO_SUCH_MODEL.test(id))
    return refusal('models', id, { kind: 'no_model', status: 404, model: id });
  if (id !== undefined) return lookup('models', id, entry([id, id]));
  const data = ANTHROPIC_MODELS.map(entry);
  return lookup('models', '', {
    data,
    has_more: false,
    first_id: data[0]?.['id'] ?? null,
    last_id: data.at(-1)?.['id'] ?? null,
  });
}

function lookup(endpoint: Lookup['endpoint'], model: string, body: JsonObject): Lookup {
  const reply = (moment: Moment): Reply => ({
    headers: headersFor(moment, 'application/json'),
    body: JSON.stringify(body),
  });
  return { kind: 'lookup', endpoint, model, usage: null, reply };
}
