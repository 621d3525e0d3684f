// Reads requests to Amazon Bedrock: Converse and ConverseStream, and InvokeModel of models that embed.
import type { AnswerForm, Ask, ToolOffer, ToolUse } from './ask.js';
import { converseAnswer, converseException, converseFrames } from './bedrock-answers.js';
import { readInvoke } from './bedrock-plain.js';
import { hashText } from './hash.js';
import { isObject, listIn, numberIn, objectIn, objectsIn, parseJson, textIn, type JsonObject } from './json.js';
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

const ROUTE = /^\/model\/([^/]+)\/converse(-stream)?$/;
const INVOKE = /^\/model\/([^/]+)\/invoke$/;
const FIELDS = new Set(
  'additionalModelRequestFields additionalModelResponseFieldPaths guardrailConfig inferenceConfig messages outputConfig performanceConfig promptVariables requestMetadata serviceTier system toolConfig'.split(
    ' ',
  ),
);
const MEDIA_TOKENS = 258;
const MESSAGE_TOKENS = 4;
const USUAL_THOUGHT = 48;
const SIGNATURE =
  /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/\d{8}\/[^/]+\/bedrock\/aws4_request, ?SignedHeaders=[\w;-]+, ?Signature=[0-9a-f]{64}$/;

export const bedrockWire: Wire = { refuseKey, glance, read, refuse, requestId: (_vendor, mint) => mint.uuid() };

const EXCEPTION: Readonly<Record<number, string>> = {
  400: 'ValidationException',
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  408: 'ModelTimeoutException',
  424: 'ModelErrorException',
  429: 'ThrottlingException',
  500: 'InternalServerException',
  503: 'ServiceUnavailableException',
};
const MESSAGE: Readonly<Record<ProblemKind, (problem: Problem) => string | undefined>> = {
  no_key: () => 'Missing Authentication Token',
  bad_key: () => 'The security token included in the request is invalid.',
  no_model: () => 'The provided model identifier is invalid.',
  no_route: () => 'Unknown operation',
  not_json: () => 'The request body is not valid JSON.',
  bad_request: ({ message }) => message,
  too_large: () => 'Request size exceeds the limit.',
  rate_limited: () => 'Too many requests, please wait before trying again.',
  forced: ({ message }) => message,
};

function exceptionOf({ kind, code, status }: Problem): string {
  if (kind === 'bad_key') return 'UnrecognizedClientException';
  if (kind === 'no_key') return 'MissingAuthenticationTokenException';
  return code ?? EXCEPTION[status] ?? (status >= 500 ? 'InternalServerException' : 'ValidationException');
}

function messageOf(problem: Problem): string {
  return MESSAGE[problem.kind](problem) ?? 'The system encountered an unexpected error during processing.';
}

function headersFor({ requestId }: Moment, contentType: string): Record<string, string> {
  return { 'content-type': contentType, 'x-amzn-requestid': requestId };
}

function refuse(_vendor: string, problem: Problem, moment: Moment): Reply & { status: number } {
  const headers = headersFor(moment, 'application/json');
  headers['x-amzn-errortype'] = `${exceptionOf(problem)}:http://internal.amazon.com/coral/com.amazon.bedrock/`;
  return { status: problem.status, headers, body: JSON.stringify({ message: messageOf(problem) }) };
}

/** A key of Bedrock's own as a bearer token, or a signature; who signs with the bad key is refused as well. */
function refuseKey({ headers }: VendorRequest): Problem | undefined {
  const authorization = headers.authorization ?? '';
  const key = /^Bearer\s+(.+)$/i.exec(authorization)?.[1] ?? SIGNATURE.exec(authorization)?.[1];
  if (key === BAD_KEY) return { kind: 'bad_key', status: 403 };
  return key === undefined ? { kind: 'no_key', status: 403 } : undefined;
}

function textOf(content: unknown): string {
  return objectsIn(content)
    .map((block) => textIn(block['text']) ?? '')
    .join('\n');
}

function resultsIn(message: JsonObject | undefined): string[] {
  return objectsIn(message?.['content'])
    .map((block) => block['toolResult'])
    .filter(isObject)
    .map((result) =>
      objectsIn(result['content'])
        .map((block) => textIn(block['text']) ?? JSON.stringify(block['json'] ?? ''))
        .join('\n'),
    );
}

function glance(request: VendorRequest, body: unknown): { model: string; lastText: string } {
  const users = objectsIn(objectIn(body)['messages']).filter((message) => message['role'] === 'user');
  const asked = users.findLast((message) => resultsIn(message).length === 0) ?? users.at(-1);
  const named = ROUTE.exec(request.path) ?? INVOKE.exec(request.path);
  return { model: decodeURIComponent(named?.[1] ?? ''), lastText: textOf(asked?.['content']) };
}

function refusal(endpoint: Refusal['endpoint'], model: string, problem: Problem): Refusal {
  return { kind: 'refusal', endpoint, model, problem };
}

function read(request: VendorRequest, body: unknown, prompt: string, cachedTokens: number): ReturnType<Wire['read']> {
  const invoked = INVOKE.exec(request.path)?.[1];
  if (request.method === 'POST' && invoked !== undefined) {
    return readInvoke(decodeURIComponent(invoked), objectIn(body), headersFor);
  }
  const [, rawModel = '', streaming] = ROUTE.exec(request.path) ?? [];
  const model = decodeURIComponent(rawModel);
  if (request.method !== 'POST' || model === '') return refusal('unknown', model, { kind: 'no_route', status: 404 });
  if (!isObject(body)) return refusal('chat', model, { kind: 'not_json', status: 400 });
  const problem = converseProblem(model, body);
  if (problem !== undefined) return refusal('chat', model, problem);
  const ask = askOf(request.vendor, model, body, prompt, cachedTokens);
  return {
    kind: 'generation',
    endpoint: 'chat',
    model,
    ask,
    choices: 1,
    isStream: streaming !== undefined,
    encoding: 'latin1',
    answer: (answers, moment) => ({
      headers: headersFor(moment, 'application/json'),
      body: JSON.stringify(answers[0] === undefined ? {} : converseAnswer(ask, answers[0], moment)),
    }),
    stream: (answers, moment) => ({
      headers: headersFor(moment, 'application/vnd.amazon.eventstream'),
      frames: answers[0] === undefined ? [] : converseFrames(ask, answers[0], moment),
    }),
    streamProblem: (trouble) => converseException(exceptionOf(trouble), messageOf(trouble)),
  };
}

function converseProblem(model: string, body: JsonObject): Problem | undefined {
  const bad = (message: string): Problem => ({ kind: 'bad_request', status: 400, message });
  if (NO_SUCH_MODEL.test(model)) return { kind: 'no_model', status: 400, model };
  const stranger = Object.keys(body).find((field) => !FIELDS.has(field));
  if (stranger !== undefined) return bad(`The field ${stranger} is not known.`);
  const messages = objectsIn(body['messages']);
  if (messages[0]?.['role'] !== 'user')
    return bad(
      'A conversation must start with a user message. Try again with a conversation that starts with a user message.',
    );
  const isBroken = messages.some(({ role }, at) => role === messages[at - 1]?.['role']);
  if (isBroken) return bad('A conversation must alternate between user and assistant roles.');
  const blank = messages.some(({ content }) => objectsIn(content).some(({ text }) => textIn(text)?.trim() === ''));
  return blank
    ? bad('The text field in the ContentBlock object is blank. Add text to the text field, and try again.')
    : undefined;
}

function askOf(vendor: string, model: string, body: JsonObject, prompt: string, cachedTokens: number): Ask {
  const messages = objectsIn(body['messages']);
  const config = objectIn(body['inferenceConfig']);
  const toolConfig = objectIn(body['toolConfig']);
  const tools = toolsOf(toolConfig);
  const results = resultsIn(messages.at(-1));
  const inputTokens =
    countTokens(textOf(body['system'])) +
    messages.reduce((sum, message) => sum + tokensOf(message), 0) +
    (tools.length > 0 ? countTokens(JSON.stringify(toolConfig['tools'])) : 0);
  const earlier = [textOf(body['system']), ...messages.slice(0, -1).map((message) => textOf(message['content']))];
  return {
    vendor,
    model,
    prompt,
    instructions: textOf(body['system']),
    conversation: earlier.reduce((hash, text) => hashText(text, hash), hashText(prompt)),
    toolResult: results.length === 0 ? undefined : results.join('; '),
    tools,
    toolUse: toolUseOf(objectIn(toolConfig['toolChoice'])),
    isParallelToolUseAllowed: true,
    form: formOf(body),
    stops: listIn(config['stopSequences']).filter((one) => typeof one === 'string'),
    maxTokens: numberIn(config['maxTokens']),
    seed: undefined,
    thinkingTokens: thinkingOf(objectIn(body['additionalModelRequestFields'])),
    inputTokens,
    cachedTokens: Math.min(cachedTokens, inputTokens),
    cacheWrites: { fiveMinutes: 0, oneHour: 0 },
  };
}

function tokensOf(message: JsonObject): number {
  const blocks = objectsIn(message['content']);
  const media = blocks.filter((block) => ['image', 'document', 'video'].some((kind) => kind in block)).length;
  const calls = blocks.map((block) => block['toolUse']).filter(isObject);
  const text = [textOf(blocks), ...resultsIn(message), ...calls.map((call) => JSON.stringify(call))].join('\n');
  return countTokens(text) + media * MEDIA_TOKENS + MESSAGE_TOKENS;
}

function toolsOf(toolConfig: JsonObject): ToolOffer[] {
  return objectsIn(toolConfig['tools'])
    .map((tool) => tool['toolSpec'])
    .filter(isObject)
    .map((spec) => ({
      name: textIn(spec['name']) ?? '',
      description: textIn(spec['description']) ?? '',
      schema: objectIn(objectIn(spec['inputSchema'])['json']),
    }));
}

function toolUseOf(choice: JsonObject): ToolUse {
  if ('any' in choice) return { rule: 'any' };
  return isObject(choice['tool']) ? { rule: 'named', name: textIn(choice['tool']['name']) ?? '' } : { rule: 'auto' };
}

function formOf(body: JsonObject): AnswerForm {
  const format = objectIn(objectIn(body['outputConfig'])['textFormat']);
  const stated = textIn(objectIn(objectIn(format['structure'])['jsonSchema'])['schema']);
  const schema = stated === undefined ? undefined : parseJson(stated);
  return isObject(schema) ? { kind: 'schema', schema } : { kind: 'text' };
}

function thinkingOf({ thinking, reasoning_effort, reasoningConfig }: JsonObject): number {
  const { type, budget_tokens } = objectIn(thinking);
  if (type === 'enabled') return Math.min(USUAL_THOUGHT, numberIn(budget_tokens) ?? USUAL_THOUGHT);
  return type === 'adaptive' || reasoning_effort !== undefined || reasoningConfig !== undefined ? USUAL_THOUGHT : 0;
}
