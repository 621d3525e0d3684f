/** An OpenAI chat request as a Converse request. */
import { anthropicBody, converseBody, vendorById } from '@skein/catalog';
import {
  anthropicSchemas,
  cannot,
  compileSchema,
  isObject,
  itemsOf,
  leaveOutMetadata,
  maxTokensOf,
  objectOf,
  openRequest,
  saysNothing,
  schemaInWords,
  stopSequencesOf,
  textOf,
  type FieldTable,
  type JsonObject,
  type LeftOut,
  type Question,
} from '@skein/provider-kit';
import { speaksOfTools, toConversation, withCachePoint } from './bedrock-blocks.js';
import { thinkFor } from './bedrock-thinking.js';
import type { ConverseRequest } from './bedrock.wire.js';

const VENDOR = 'bedrock';

const fieldTable: FieldTable = {
  audio: 'refused',
  frequency_penalty: 'noticed',
  function_call: 'refused',
  functions: 'refused',
  logit_bias: 'refused',
  logprobs: 'refused',
  max_completion_tokens: 'translated',
  max_tokens: 'translated',
  messages: 'translated',
  metadata: 'translated',
  modalities: 'refused',
  model: 'translated',
  moderation: 'noticed',
  n: 'refused',
  parallel_tool_calls: 'translated',
  prediction: 'noticed',
  presence_penalty: 'noticed',
  prompt_cache_key: 'left out',
  prompt_cache_retention: 'left out',
  reasoning_effort: 'translated',
  response_format: 'translated',
  safety_identifier: 'left out',
  seed: 'noticed',
  service_tier: 'noticed',
  stop: 'translated',
  store: 'left out',
  stream: 'translated',
  stream_options: 'translated',
  temperature: 'translated',
  tool_choice: 'translated',
  tools: 'translated',
  top_logprobs: 'refused',
  top_p: 'translated',
  user: 'left out',
  verbosity: 'noticed',
  web_search_options: 'refused',
};

/** Whatever of a request is not a field of Converse's own is a field of the model's. */
const converseNames = new Set(converseBody);
/** Fields of Anthropic's that are headers or doors of its own, not of the model. */
const anthropicOnly = ['container', 'mcp_servers', 'inference_geo', 'speed', 'cache_control'];

export interface BedrockRequest {
  readonly body: ConverseRequest;
  readonly notices: readonly string[];
  readonly wantsUsageChunk: boolean;
  /** Did the customer ask for one call at a time? It cannot be told. */
  readonly firstCallOnly: boolean;
}

/** Translates. Throws `invalid_request` naming what the vendor cannot take. */
export function toBedrock(question: Question): BedrockRequest {
  const opened = openRequest(question, fieldTable, vendorById(VENDOR));
  const { request, extras, notices, leftOut, wantsUsageChunk } = opened;
  const isConverse = ([field]: [string, unknown]) => converseNames.has(field);
  const own = Object.fromEntries(Object.entries(extras).filter(isConverse));
  const ofModel = modelFields(
    Object.entries(extras).filter((entry) => !isConverse(entry)),
    question.model,
    leftOut,
  );
  const conversation = toConversation(opened.messages, leftOut);

  const body: ConverseRequest = { ...own, messages: conversation.turns };
  if (conversation.system.length > 0) body.system = conversation.system;
  addTools(body, request, notices, leftOut);
  addFormat(body, request, notices);
  const thinking = thinkingFields(body, request, question.model, notices);
  const fields = { ...thinking, ...ofModel, ...objectOf(own.additionalModelRequestFields) };
  if (Object.keys(fields).length > 0) body.additionalModelRequestFields = fields;
  const inference = { ...sampling(request, fields.thinking !== undefined, notices), ...objectOf(own.inferenceConfig) };
  if (Object.keys(inference).length > 0) body.inferenceConfig = inference;
  leaveOutMetadata(request, VENDOR, notices);
  return {
    body,
    notices: [...notices, ...leftOut.notices],
    wantsUsageChunk,
    firstCallOnly: request.parallel_tool_calls === false,
  };
}

/** Claude takes Anthropic's fields here, too; other models would refuse them. */
function modelFields(fields: readonly [string, unknown][], model: string, leftOut: LeftOut): JsonObject {
  const isClaude = model.includes('anthropic.');
  const ofModel: Record<string, unknown> = {};
  for (const [field, value] of fields) {
    const isAnthropics = anthropicBody.includes(field) && field !== 'top_k';
    if (isAnthropics && (!isClaude || anthropicOnly.includes(field))) leftOut.field('body', field);
    else ofModel[field === 'betas' ? 'anthropic_beta' : field] = value;
  }
  return ofModel;
}

function sampling(request: JsonObject, isThinking: boolean, notices: string[]): JsonObject {
  const { temperature, top_p } = request;
  const maxTokens = maxTokensOf(request);
  const stopSequences = stopSequencesOf(request);
  const hasTemperature = typeof temperature === 'number' && !isThinking;
  if (typeof temperature === 'number' && isThinking && temperature !== 1) {
    notices.push(`${VENDOR} lets Claude think at temperature 1; ${temperature} was left out`);
  }
  if (hasTemperature && temperature > 1) notices.push(`${VENDOR} has no temperature above 1; it was lowered to 1`);
  return {
    ...(maxTokens !== null && { maxTokens }),
    ...(hasTemperature && { temperature: Math.min(temperature, 1) }),
    ...(typeof top_p === 'number' && { topP: top_p }),
    ...(stopSequences.length > 0 && { stopSequences }),
  };
}

function thinkingFields(body: ConverseRequest, request: JsonObject, model: string, notices: string[]): JsonObject {
  const { fields, notice } = thinkFor(request.reasoning_effort, model, maxTokensOf(request));
  if (notice !== undefined) notices.push(notice);
  const choice = body.toolConfig?.toolChoice ?? {};
  if (fields.thinking === undefined || !('any' in choice || 'tool' in choice)) return fields;
  notices.push(`Claude does not think where a tool is demanded; reasoning_effort was left out`);
  return {};
}

function addTools(body: ConverseRequest, request: JsonObject, notices: string[], leftOut: LeftOut): void {
  const tools = itemsOf(request.tools).flatMap((tool, place) => toTool(objectOf(tool), `tools[${place}]`, leftOut));
  if (tools.length === 0) return;
  if (request.tool_choice === 'none' && !speaksOfTools(body.messages)) return;
  if (request.tool_choice === 'none')
    notices.push(`${VENDOR} cannot be told to call no tool; it was only offered them`);
  const toolChoice = toToolChoice(request.tool_choice);
  body.toolConfig = { tools, ...(toolChoice !== null && { toolChoice }) };
  if (request.parallel_tool_calls === false) {
    notices.push(`${VENDOR} cannot be told to call one tool at a time; of several calls the first is passed on`);
  }
}

const toolMembers = new Set(['type', 'function', 'name', 'description', 'parameters', 'strict', 'cache_control']);

function toTool(tool: JsonObject, where: string, leftOut: LeftOut): JsonObject[] {
  if (isObject(tool.systemTool) || isObject(tool.toolSpec)) return [tool];
  if (tool.type !== 'function' || !isObject(tool.function)) {
    throw cannot(VENDOR, where, `tools of type "${String(tool.type)}" are not known to it`);
  }
  const { name, description, parameters, strict } = tool.function;
  for (const [field, value] of Object.entries({ ...tool.function, ...tool })) {
    if (!toolMembers.has(field) && !saysNothing(value)) leftOut.field('tool', field);
  }
  const toolSpec = {
    name,
    ...(textOf(description) !== null && { description }),
    inputSchema: { json: inputSchema(parameters, strict === true) },
    ...(strict === true && { strict: true }),
  };
  const mark = tool.cache_control ?? tool.function.cache_control;
  return withCachePoint([{ toolSpec }], isObject(mark) ? mark : null);
}

/** Any schema describes a tool; one that is enforced must be of the kind that can be. */
function inputSchema(parameters: unknown, isStrict: boolean): JsonObject {
  if (!isObject(parameters)) return { type: 'object', properties: {} };
  const whole = { type: 'object', ...parameters };
  return isStrict ? compileSchema(whole, anthropicSchemas(VENDOR)).schema : whole;
}

function toToolChoice(choice: unknown): JsonObject | null {
  if (choice === undefined || choice === null || choice === 'none') return null;
  if (choice === 'auto') return { auto: {} };
  if (choice === 'required') return { any: {} };
  if (isObject(choice) && isObject(choice.function)) return { tool: { name: choice.function.name } };
  throw cannot(VENDOR, 'tool_choice');
}

function addFormat(body: ConverseRequest, request: JsonObject, notices: string[]): void {
  const format = objectOf(request.response_format);
  if (format.type === 'json_schema') {
    const { name, description, schema } = objectOf(format.json_schema);
    if (!isObject(schema)) throw cannot(VENDOR, 'response_format.json_schema', 'it has no schema');
    const compiled = compileSchema(schema, anthropicSchemas(VENDOR));
    notices.push(...compiled.notices);
    const jsonSchema = {
      name: textOf(name) ?? 'answer',
      ...(textOf(description) !== null && { description }),
      schema: JSON.stringify(compiled.schema),
    };
    body.outputConfig = { ...body.outputConfig, textFormat: { type: 'json_schema', structure: { jsonSchema } } };
  } else if (format.type === 'json_object') {
    body.system = [...(body.system ?? []), { text: schemaInWords(null) }];
    notices.push(`${VENDOR} has no json_object; it was asked for in words`);
  } else if (format.type !== undefined && format.type !== 'text') throw cannot(VENDOR, 'response_format.type');
}
