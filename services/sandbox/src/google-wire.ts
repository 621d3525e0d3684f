// Reads Gemini requests: generateContent, streamGenerateContent, countTokens, embeddings, models.
import type { AnswerForm, Ask, ToolOffer, ToolUse } from './ask.js';
import { embeddingOf, toNumbers } from './embeddings.js';
import { googleFrames, googleResponse, type GoogleStyle } from './google-answers.js';
import { googleProblem } from './google-errors.js';
import { hashText } from './hash.js';
import { isObject, listIn, numberIn, objectIn, objectsIn, textIn, type JsonObject } from './json.js';
import { GOOGLE_MODELS } from './model-lists.js';
import { countTokens } from './token-count.js';
import {
  BAD_KEY,
  NO_SUCH_MODEL,
  type Lookup,
  type Problem,
  type Refusal,
  type Reply,
  type Usage,
  type VendorRequest,
  type Wire,
} from './wire.js';

const REQUEST_FIELDS = new Set(
  'cachedContent contents generationConfig model safetySettings serviceTier store systemInstruction toolConfig tools'.split(
    ' ',
  ),
);
const CONFIG_FIELDS = new Set(
  'audioTranscriptionConfig candidateCount enableAffectiveDialog enableEnhancedCivicAnswers frequencyPenalty imageConfig logprobs maxOutputTokens mediaResolution presencePenalty responseFormat responseJsonSchema responseLogprobs responseMimeType responseModalities responseSchema seed speechConfig stopSequences temperature thinkingConfig topK topP translationConfig'.split(
    ' ',
  ),
);
const ROUTE = /^\/v1(?:beta|alpha)?\/(?:models|tunedModels)\/([^:]+):(\w+)$/;
const MEDIA_TOKENS = 258;
const USUAL_THOUGHT = 48;
const USUAL_DIMENSIONS = 3072;

export const googleWire: Wire = { refuseKey, glance, read, refuse, requestId: (_vendor, mint) => mint.base62(22) };

function refuseKey({ headers, query }: VendorRequest): Problem | undefined {
  const header = headers['x-goog-api-key'];
  const key =
    (typeof header === 'string' ? header : query.get('key')) ??
    /^Bearer\s+(.+)$/i.exec(headers.authorization ?? '')?.[1];
  if (key === BAD_KEY) return { kind: 'bad_key', status: 400 };
  return key === undefined ? { kind: 'no_key', status: 403 } : undefined;
}

// Gemini names a request by `responseId` in the body; it sends no request-id header.
function headersFor(contentType: string): Record<string, string> {
  return { 'content-type': contentType, 'x-gemini-service-tier': 'standard', vary: 'Origin' };
}

function refuse(_vendor: string, problem: Problem): Reply & { status: number } {
  const { status, body } = googleProblem(problem);
  return { status, headers: headersFor('application/json; charset=UTF-8'), body: JSON.stringify(body) };
}

// Gemini takes every field in camelCase and in snake_case.
function camel(body: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(body).map(([field, value]) => [
      field.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}

function textOf(content: unknown): string {
  return objectsIn(objectIn(content)['parts'])
    .map((part) => textIn(part['text']))
    .filter((text) => text !== undefined)
    .join('\n');
}

function resultsIn(content: unknown): string[] {
  return objectsIn(objectIn(content)['parts'])
    .map((part) => part['functionResponse'] ?? part['function_response'])
    .filter(isObject)
    .map((result) => JSON.stringify(result['response'] ?? {}));
}

function contentsOf(body: JsonObject): JsonObject[] {
  return isObject(body['contents']) ? [body['contents']] : objectsIn(body['contents']);
}

function glance(request: VendorRequest, body: unknown): { model: string; lastText: string } {
  const fields = camel(objectIn(body));
  const asked = contentsOf(fields).findLast(
    (content) => content['role'] !== 'model' && resultsIn(content).length === 0,
  );
  const embedded = fields['content'] ?? objectsIn(fields['requests']).at(-1)?.['content'];
  return { model: decodeURIComponent(ROUTE.exec(request.path)?.[1] ?? ''), lastText: textOf(asked ?? embedded) };
}

function refusal(endpoint: Refusal['endpoint'], model: string, problem: Problem): Refusal {
  return { kind: 'refusal', endpoint, model, problem };
}

const ENDPOINTS: Readonly<Record<string, Refusal['endpoint']>> = {
  generateContent: 'chat',
  streamGenerateContent: 'chat',
  countTokens: 'count_tokens',
  embedContent: 'embeddings',
  batchEmbedContents: 'embeddings',
  predict: 'embeddings',
};

function read(request: VendorRequest, given: unknown, prompt: string, cachedTokens: number): ReturnType<Wire['read']> {
  const listed = request.method === 'GET' ? /^\/v1(?:beta|alpha)?\/models(?:\/([^/:]+))?$/.exec(request.path) : null;
  if (listed) return readModels(listed[1]);
  const [, rawModel = '', action = ''] = ROUTE.exec(request.path) ?? [];
  const endpoint = ENDPOINTS[action];
  const model = decodeURIComponent(rawModel);
  if (request.method !== 'POST' || endpoint === undefined)
    return refusal('unknown', model, { kind: 'no_route', status: 404 });
  if (!isObject(given)) return refusal(endpoint, model, { kind: 'not_json', status: 400 });
  if (NO_SUCH_MODEL.test(model))
    return refusal(endpoint, model, { kind: 'no_model', status: 404, model, param: action });
  const body = camel(given);
  if (action === 'countTokens') return readCount(model, body);
  if (action === 'predict') return readPrediction(model, body);
  if (endpoint === 'embeddings') return readEmbeddings(model, body, action === 'batchEmbedContents');
  return readGeneration(request, model, body, prompt, cachedTokens, action === 'streamGenerateContent');
}

function readGeneration(
  request: VendorRequest,
  model: string,
  body: JsonObject,
  prompt: string,
  cachedTokens: number,
  isStream: boolean,
): ReturnType<Wire['read']> {
  const config = camel(objectIn(body['generationConfig']));
  const problem = generationProblem(body, config);
  if (problem !== undefined) return refusal('chat', model, problem);
  const ask = askOf(request.vendor, model, body, config, prompt, cachedTokens);
  const thinking = camel(objectIn(config['thinkingConfig']));
  const style: GoogleStyle = {
    isThoughtShown: thinking['includeThoughts'] === true,
    isSse: request.query.get('alt') === 'sse',
  };
  const json = 'application/json; charset=UTF-8';
  return {
    kind: 'generation',
    endpoint: 'chat',
    model,
    ask,
    choices: Math.min(8, Math.max(1, numberIn(config['candidateCount']) ?? 1)),
    isStream,
    answer: (answers, moment) => ({
      headers: headersFor(json),
      body: JSON.stringify(googleResponse(ask, answers, moment, style)),
    }),
    stream: (answers, moment) => ({
      headers: headersFor(style.isSse ? 'text/event-stream' : json),
      frames: googleFrames(ask, answers, moment, style),
    }),
    streamProblem: (trouble) => {
      const error = JSON.stringify(googleProblem(trouble).body);
      return style.isSse ? `data: ${error}\r\n\r\n` : `,\r\n${error}\n]\n`;
    },
  };
}

function generationProblem(body: JsonObject, config: JsonObject): Problem | undefined {
  const bad = (message: string): Problem => ({ kind: 'bad_request', status: 400, message });
  const unknown = (field: string, at: string): Problem =>
    bad(`Invalid JSON payload received. Unknown name "${field}"${at}: Cannot find field.`);
  const stranger = Object.keys(body).find((field) => !REQUEST_FIELDS.has(field));
  if (stranger !== undefined) return unknown(stranger, '');
  const option = Object.keys(config).find((field) => !CONFIG_FIELDS.has(field));
  if (option !== undefined) return unknown(option, " at 'generation_config'");
  const contents = contentsOf(body);
  if (contents.length === 0) return bad('* GenerateContentRequest.contents: contents is not specified\n');
  const role = contents
    .map((content) => content['role'])
    .find((one) => one !== undefined && one !== 'user' && one !== 'model' && one !== 'function');
  return role === undefined ? undefined : bad('Please use a valid role: user, model.');
}

function tokensIn(contents: readonly unknown[]): number {
  return contents.reduce<number>((sum, content) => {
    const parts = objectsIn(objectIn(content)['parts']).map(camel);
    const media = parts.filter((part) => part['inlineData'] !== undefined || part['fileData'] !== undefined).length;
    const calls = parts
      .filter((part) => part['functionCall'] !== undefined)
      .map((part) => JSON.stringify(part['functionCall']));
    return sum + countTokens([textOf(content), ...resultsIn(content), ...calls].join('\n')) + media * MEDIA_TOKENS;
  }, 0);
}

function askOf(
  vendor: string,
  model: string,
  body: JsonObject,
  config: JsonObject,
  prompt: string,
  cachedTokens: number,
): Ask {
  const contents = contentsOf(body);
  const system = body['systemInstruction'];
  const tools = toolsOf(body);
  const results = resultsIn(contents.at(-1));
  const inputTokens =
    tokensIn([...contents, system]) + (tools.length > 0 ? countTokens(JSON.stringify(body['tools'])) : 0);
  const earlier = [textOf(system), ...contents.slice(0, -1).map(textOf)];
  return {
    vendor,
    model,
    prompt,
    instructions: textOf(system),
    conversation: earlier.reduce((hash, text) => hashText(text, hash), hashText(prompt)),
    toolResult: results.length === 0 ? undefined : results.join('; '),
    tools,
    toolUse: toolUseOf(body, tools),
    isParallelToolUseAllowed: true,
    form: formOf(config),
    stops: listIn(config['stopSequences']).filter((one) => typeof one === 'string'),
    maxTokens: numberIn(config['maxOutputTokens']),
    seed: numberIn(config['seed']),
    thinkingTokens: thinkingOf(model, camel(objectIn(config['thinkingConfig']))),
    inputTokens,
    cachedTokens: Math.min(cachedTokens, inputTokens),
    cacheWrites: { fiveMinutes: 0, oneHour: 0 },
  };
}

function toolsOf(body: JsonObject): ToolOffer[] {
  return objectsIn(body['tools'])
    .flatMap((tool) => objectsIn(camel(tool)['functionDeclarations']))
    .map((offer) => ({
      name: textIn(offer['name']) ?? '',
      description: textIn(offer['description']) ?? '',
      schema: objectIn(offer['parameters'] ?? offer['parametersJsonSchema'] ?? offer['parameters_json_schema']),
    }));
}

function toolUseOf(body: JsonObject, tools: ToolOffer[]): ToolUse {
  const config = camel(objectIn(camel(objectIn(body['toolConfig']))['functionCallingConfig']));
  if (config['mode'] === 'NONE') return { rule: 'none' };
  if (config['mode'] !== 'ANY') return { rule: 'auto' };
  const allowed = listIn(config['allowedFunctionNames']);
  const only = tools.find((tool) => allowed.includes(tool.name));
  return only === undefined ? { rule: 'any' } : { rule: 'named', name: only.name };
}

function formOf(config: JsonObject): AnswerForm {
  const schema = config['responseSchema'] ?? config['responseJsonSchema'];
  if (isObject(schema)) return { kind: 'schema', schema };
  return config['responseMimeType'] === 'application/json' ? { kind: 'json' } : { kind: 'text' };
}

function thinkingOf(model: string, config: JsonObject): number {
  const budget = numberIn(config['thinkingBudget']);
  if (budget === 0 || !/gemini-(?:2\.5|[3-9])/.test(model)) return 0;
  return budget === undefined || budget < 0 ? USUAL_THOUGHT : Math.min(USUAL_THOUGHT, budget);
}

function lookup(endpoint: Lookup['endpoint'], model: string, body: JsonObject, usage: Usage | null = null): Lookup {
  const reply = (): Reply => ({ headers: headersFor('application/json; charset=UTF-8'), body: JSON.stringify(body) });
  return { kind: 'lookup', endpoint, model, usage, reply };
}

function readCount(model: string, body: JsonObject): Lookup {
  const asked = camel(objectIn(body['generateContentRequest'] ?? body));
  const total = tokensIn([...contentsOf(asked), asked['systemInstruction']]);
  return lookup('count_tokens', model, {
    totalTokens: total,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: total }],
  });
}

function readEmbeddings(model: string, body: JsonObject, isBatch: boolean): Lookup | Refusal {
  const requests = isBatch ? objectsIn(body['requests']).map(camel) : [body];
  if (requests.length === 0 || requests.some((one) => !isObject(one['content']))) {
    return refusal('embeddings', model, {
      kind: 'bad_request',
      status: 400,
      message: '* EmbedContentRequest.content: contents is not specified\n',
    });
  }
  const tokens = tokensIn(requests.map((one) => one['content']));
  const embeddings = requests.map((one) => {
    const dimensions = Math.min(
      USUAL_DIMENSIONS,
      Math.max(1, numberIn(one['outputDimensionality']) ?? USUAL_DIMENSIONS),
    );
    return { values: toNumbers(embeddingOf(model, textOf(one['content']), dimensions)) };
  });
  const usageMetadata = { promptTokenCount: tokens, promptTokenDetails: [{ modality: 'TEXT', tokenCount: tokens }] };
  const reply = isBatch ? { embeddings, usageMetadata } : { embedding: embeddings[0], usageMetadata };
  return lookup('embeddings', model, reply, { input: tokens, output: 0, reasoning: 0, cached: 0, cacheWrite: 0 });
}

/** Vertex's way to embed. */
function readPrediction(model: string, body: JsonObject): Lookup | Refusal {
  const texts = objectsIn(body['instances']).map((instance) => textIn(instance['content']));
  if (texts.length === 0 || texts.includes(undefined)) {
    return refusal('embeddings', model, { kind: 'bad_request', status: 400, message: 'Empty instances.' });
  }
  const asked = numberIn(objectIn(body['parameters'])['outputDimensionality']) ?? USUAL_DIMENSIONS;
  const dimensions = Math.min(USUAL_DIMENSIONS, Math.max(1, asked));
  const counts = texts.map((text) => countTokens(text ?? ''));
  const predictions = texts.map((text, at) => ({
    embeddings: {
      values: toNumbers(embeddingOf(model, text ?? '', dimensions)),
      statistics: { token_count: counts[at], truncated: false },
    },
  }));
  const input = counts.reduce((sum, count) => sum + count, 0);
  return lookup('embeddings', model, { predictions }, { input, output: 0, reasoning: 0, cached: 0, cacheWrite: 0 });
}

function readModels(id: string | undefined): Lookup | Refusal {
  if (id !== undefined && NO_SUCH_MODEL.test(id))
    return refusal('models', id, { kind: 'no_model', status: 404, model: id });
  const entry = ([model, name, methods]: (typeof GOOGLE_MODELS)[number]): JsonObject => ({
    name: `models/${model}`,
    version: '001',
    displayName: name,
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 65_536,
    supportedGenerationMethods: methods,
  });
  const body =
    id === undefined ? { models: GOOGLE_MODELS.map(entry) } : entry([id, id, ['generateContent', 'countTokens']]);
  return lookup('models', id ?? '', body);
}
