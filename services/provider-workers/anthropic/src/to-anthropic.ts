/** An OpenAI chat request as a Messages request. */
import { vendorById } from '@skein/catalog';
import {
  anthropicSchemas,
  cannot,
  compileSchema,
  foreignMetadata,
  isObject,
  itemsOf,
  maxTokensOf,
  objectOf,
  openRequest,
  schemaInWords,
  stopSequencesOf,
  textOf,
  type FieldTable,
  type JsonObject,
  type LeftOut,
  type Question,
} from '@skein/provider-kit';
import { toConversation } from './anthropic-blocks.js';
import { thinkFor } from './anthropic-thinking.js';
import type { Block, MessagesRequest } from './anthropic.wire.js';

const VENDOR = 'anthropic';
/** Sent where neither the caller nor the catalogue knows a bound: the vendor demands one. */
const DEFAULT_MAX_TOKENS = 4_096;

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
  safety_identifier: 'translated',
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
  user: 'translated',
  verbosity: 'noticed',
  web_search_options: 'refused',
};

export interface AnthropicRequest {
  readonly body: MessagesRequest;
  readonly betas: readonly string[];
  readonly notices: readonly string[];
  readonly wantsUsageChunk: boolean;
}

/** Translates. Throws `invalid_request` naming what the vendor cannot take. */
export function toAnthropic(question: Question): AnthropicRequest {
  const opened = openRequest(question, fieldTable, vendorById(VENDOR));
  const { request, notices, leftOut, wantsUsageChunk } = opened;
  const { betas, ...own } = opened.extras;
  const conversation = toConversation(opened.messages, leftOut);

  const body: MessagesRequest = {
    ...own,
    model: question.model,
    max_tokens: maxTokens(request, question, notices),
    messages: conversation.turns,
  };
  if (question.stream) body.stream = true;
  if (conversation.system.length > 0) body.system = conversation.system;
  addTools(body, request, leftOut);
  addThinking(body, request, notices);
  addSampling(body, request, notices);
  addFormat(body, request, notices);
  const stop = stopSequencesOf(request);
  if (stop.length > 0) body.stop_sequences = stop;
  addUser(body, request, notices);
  return {
    body,
    betas: itemsOf(betas).filter((beta) => typeof beta === 'string'),
    notices: [...notices, ...leftOut.notices],
    wantsUsageChunk,
  };
}

function maxTokens(request: JsonObject, { record }: Question, notices: string[]): number {
  const asked = maxTokensOf(request);
  if (asked !== null) return asked;
  if (record?.max_output_tokens != null) return record.max_output_tokens;
  notices.push(`${VENDOR} needs max_tokens and none was given; ${DEFAULT_MAX_TOKENS} was sent`);
  return DEFAULT_MAX_TOKENS;
}

function addTools(body: MessagesRequest, request: JsonObject, leftOut: LeftOut): void {
  const tools = itemsOf(request.tools).map((tool, place) => toTool(objectOf(tool), `tools[${place}]`, leftOut));
  if (tools.length > 0) body.tools = tools;
  const choice = toToolChoice(request.tool_choice);
  if (request.parallel_tool_calls === false && tools.length > 0 && choice?.type !== 'none') {
    body.tool_choice = { ...(choice ?? { type: 'auto' }), disable_parallel_tool_use: true };
  } else if (choice !== null) body.tool_choice = choice;
}

/** Members of a tool that OpenAI has not; callers write them beside `function` or within it. */
const toolMembers = ['cache_control', 'eager_input_streaming', 'defer_loading', 'allowed_callers', 'input_examples'];

function toTool(tool: JsonObject, where: string, leftOut: LeftOut): JsonObject {
  if (tool.type === 'function' && isObject(tool.function)) {
    const { name, description, parameters, strict } = tool.function;
    const held = { ...tool.function, ...tool };
    const members = toolMembers.filter((member) => held[member] !== undefined && held[member] !== null);
    return {
      name,
      ...(textOf(description) !== null && { description }),
      input_schema: inputSchema(parameters, strict === true, leftOut),
      ...(strict === true && { strict: true }),
      ...Object.fromEntries(members.map((member) => [member, held[member]])),
    };
  }
  // Anthropic's own tools are named by a dated type, and have a name or a schema beside it.
  if (textOf(tool.name) !== null && tool.type !== 'custom') return tool;
  if (tool.type === 'mcp_toolset') return tool;
  throw cannot(VENDOR, where, `tools of type "${String(tool.type)}" are not known to it`);
}

/** Any schema describes a tool; one that is enforced must be of the kind that can be. */
function inputSchema(parameters: unknown, isStrict: boolean, leftOut: LeftOut): JsonObject {
  if (!isObject(parameters)) return { type: 'object', properties: {} };
  const whole = { type: 'object', ...parameters };
  if (!isStrict) return whole;
  const { schema, notices } = compileSchema(whole, anthropicSchemas(VENDOR));
  notices.forEach((notice) => leftOut.say(notice));
  return schema;
}

function toToolChoice(choice: unknown): JsonObject | null {
  if (choice === undefined || choice === null) return null;
  if (choice === 'auto' || choice === 'none') return { type: choice };
  if (choice === 'required') return { type: 'any' };
  if (isObject(choice) && isObject(choice.function)) return { type: 'tool', name: choice.function.name };
  throw cannot(VENDOR, 'tool_choice');
}

function addThinking(body: MessagesRequest, request: JsonObject, notices: string[]): void {
  const { thinking, effort, notice } = thinkFor(request.reasoning_effort, body.model, body.max_tokens);
  if (notice !== undefined) notices.push(notice);
  if (effort !== undefined) body.output_config = { effort, ...body.output_config };
  if (thinking === undefined || body.thinking !== undefined) return;
  if (body.tool_choice?.type === 'any' || body.tool_choice?.type === 'tool') {
    notices.push(`${VENDOR} does not think where a tool is demanded; reasoning_effort was left out`);
  } else body.thinking = thinking;
}

function addSampling(body: MessagesRequest, request: JsonObject, notices: string[]): void {
  const { temperature, top_p } = request;
  const isThinking = body.thinking !== undefined && body.thinking.type !== 'disabled';
  if (typeof temperature === 'number') {
    if (isThinking) {
      if (temperature !== 1) notices.push(`${VENDOR} thinks at temperature 1; ${temperature} was left out`);
    } else if (temperature > 1) {
      notices.push(`${VENDOR} has no temperature above 1; ${temperature} was lowered to 1`);
      body.temperature = 1;
    } else body.temperature = temperature;
  }
  if (typeof top_p !== 'number') return;
  if (body.temperature === undefined) body.top_p = top_p;
  else if (top_p !== 1) notices.push(`${VENDOR} takes temperature or top_p; top_p was left out`);
}

function addFormat(body: MessagesRequest, request: JsonObject, notices: string[]): void {
  const format = objectOf(request.response_format);
  if (format.type === 'json_schema') {
    const schema = objectOf(format.json_schema).schema;
    if (!isObject(schema)) throw cannot(VENDOR, 'response_format.json_schema', 'it has no schema');
    const compiled = compileSchema(schema, anthropicSchemas(VENDOR));
    notices.push(...compiled.notices);
    body.output_config = { ...body.output_config, format: { type: 'json_schema', schema: compiled.schema } };
  } else if (format.type === 'json_object') {
    const asked: Block = { type: 'text', text: schemaInWords(null) };
    body.system = [...(body.system ?? []), asked];
    notices.push(`${VENDOR} has no json_object; it was asked for in words`);
  } else if (format.type !== undefined && format.type !== 'text') throw cannot(VENDOR, 'response_format.type');
}

function addUser(body: MessagesRequest, request: JsonObject, notices: string[]): void {
  const metadata = isObject(request.metadata) ? (foreignMetadata(request.metadata) ?? {}) : {};
  const { user_id, ...rest } = metadata;
  const user = textOf(user_id) ?? textOf(request.safety_identifier) ?? textOf(request.user);
  if (user !== null) body.metadata = { user_id: user };
  const dropped = Object.keys(rest);
  if (dropped.length > 0) notices.push(`${VENDOR} keeps no metadata; ${dropped.join(', ')} was left out`);
}
