/** An OpenAI chat request as a request of Cohere's. */
import { vendorById } from '@skein/catalog';
import {
  cannot,
  cohereSchemas,
  compileSchema,
  countOf,
  isObject,
  itemsOf,
  leaveOutMetadata,
  maxTokensOf,
  objectOf,
  openRequest,
  saysNothing,
  stopSequencesOf,
  type FieldTable,
  type JsonObject,
  type LeftOut,
  type Question,
} from '@skein/provider-kit';
import { toMessages } from './cohere-messages.js';
import type { ChatRequest } from './cohere.wire.js';

const VENDOR = 'cohere';
const HIGHEST_P = 0.99;

const fieldTable: FieldTable = {
  audio: 'refused',
  frequency_penalty: 'translated',
  function_call: 'refused',
  functions: 'refused',
  logit_bias: 'refused',
  // It gives them for pieces of text, not for tokens.
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
  presence_penalty: 'translated',
  prompt_cache_key: 'left out',
  prompt_cache_retention: 'left out',
  reasoning_effort: 'translated',
  response_format: 'translated',
  safety_identifier: 'left out',
  seed: 'translated',
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

export interface CohereRequest {
  readonly body: ChatRequest;
  readonly notices: readonly string[];
  readonly wantsUsageChunk: boolean;
  /** Did the customer ask for one call at a time? It cannot be told. */
  readonly firstCallOnly: boolean;
}

/** Translates. Throws `invalid_request` naming what the vendor cannot take. */
export function toCohere(question: Question): CohereRequest {
  const opened = openRequest(question, fieldTable, vendorById(VENDOR));
  const { request, notices, leftOut, wantsUsageChunk } = opened;
  const { top_k, ...own } = opened.extras;
  const body: ChatRequest = {
    ...sampling(request, notices),
    ...(countOf(top_k) !== null && { k: countOf(top_k) ?? 0 }),
    ...own,
    model: question.model,
    messages: toMessages(opened.messages, leftOut),
    stream: question.stream,
  };
  addTools(body, request, leftOut);
  addFormat(body, request, leftOut);
  addThinking(body, request, question, notices);
  leaveOutMetadata(request, VENDOR, notices);
  return {
    body,
    notices: [...notices, ...leftOut.notices],
    wantsUsageChunk,
    firstCallOnly: request.parallel_tool_calls === false,
  };
}

function sampling(request: JsonObject, notices: string[]): Partial<ChatRequest> {
  const { temperature, top_p, presence_penalty, frequency_penalty, seed } = request;
  const sequences = stopSequencesOf(request);
  const maxTokens = maxTokensOf(request);
  if (typeof top_p === 'number' && top_p > HIGHEST_P && top_p !== 1) {
    notices.push(`${VENDOR} takes a top_p of at most ${HIGHEST_P}; ${top_p} was lowered to it`);
  }
  return {
    ...(typeof temperature === 'number' && { temperature }),
    ...(typeof top_p === 'number' && { p: Math.min(top_p, HIGHEST_P) }),
    ...(typeof presence_penalty === 'number' && { presence_penalty }),
    ...(typeof frequency_penalty === 'number' && { frequency_penalty }),
    ...(typeof seed === 'number' && { seed }),
    ...(maxTokens !== null && { max_tokens: maxTokens }),
    ...(sequences.length > 0 && { stop_sequences: sequences }),
  };
}

function addTools(body: ChatRequest, request: JsonObject, leftOut: LeftOut): void {
  const offered = itemsOf(request.tools).map((tool, place) => toTool(objectOf(tool), `tools[${place}]`, leftOut));
  const { tools, choice } = chooseTools(offered, request.tool_choice);
  if (tools.length === 0) return;
  body.tools = tools.map(({ tool }) => tool);
  if (tools.some(({ isStrict }) => isStrict)) body.strict_tools = true;
  if (choice !== null) body.tool_choice = choice;
  if (request.parallel_tool_calls === false) {
    leftOut.say(`${VENDOR} cannot be told to call one tool at a time; of several calls the first is passed on`);
  }
}

const toolMembers = new Set(['type', 'function', 'name', 'description', 'parameters', 'strict']);

function compiled(schema: JsonObject, leftOut: LeftOut): JsonObject {
  const { schema: written, notices } = compileSchema(schema, cohereSchemas);
  notices.forEach((notice) => leftOut.say(notice));
  return written;
}

interface OfferedTool {
  readonly tool: JsonObject;
  readonly name: unknown;
  readonly isStrict: boolean;
}

function toTool(tool: JsonObject, where: string, leftOut: LeftOut): OfferedTool {
  if (tool.type !== 'function' || !isObject(tool.function)) {
    throw cannot(VENDOR, where, `tools of type "${String(tool.type)}" are not known to it`);
  }
  const { strict, parameters, name, description } = tool.function;
  const declared = { name, ...(description !== undefined && { description }) };
  for (const [field, value] of Object.entries({ ...tool.function, ...tool })) {
    if (!toolMembers.has(field) && !saysNothing(value)) leftOut.field('tool', field);
  }
  const schema = isObject(parameters) ? compiled(parameters, leftOut) : { type: 'object', properties: {} };
  return {
    tool: { type: 'function', function: { ...declared, parameters: schema } },
    name,
    isStrict: strict === true,
  };
}

/** It cannot be told which tool to call; offered that one alone, it calls no other. */
function chooseTools(
  tools: readonly OfferedTool[],
  choice: unknown,
): { tools: readonly OfferedTool[]; choice: 'REQUIRED' | 'NONE' | null } {
  if (choice === undefined || choice === null || choice === 'auto') return { tools, choice: null };
  if (choice === 'required') return { tools, choice: 'REQUIRED' };
  if (choice === 'none') return { tools, choice: 'NONE' };
  const named = isObject(choice) ? objectOf(choice.function).name : undefined;
  const only = tools.filter(({ name }) => name === named);
  if (named === undefined || only.length === 0) throw cannot(VENDOR, 'tool_choice');
  return { tools: only, choice: 'REQUIRED' };
}

function addFormat(body: ChatRequest, request: JsonObject, leftOut: LeftOut): void {
  const wanted = objectOf(request.response_format);
  if (wanted.type === undefined || wanted.type === 'text') return;
  if (wanted.type !== 'json_object' && wanted.type !== 'json_schema') throw cannot(VENDOR, 'response_format.type');
  if (body.tools !== undefined)
    throw cannot(VENDOR, 'response_format', 'it has no such answers where tools are offered');
  if (wanted.type === 'json_object') {
    body.response_format = { type: 'json_object' };
    return;
  }
  const { schema } = objectOf(wanted.json_schema);
  if (!isObject(schema)) throw cannot(VENDOR, 'response_format.json_schema', 'it has no schema');
  body.response_format = { type: 'json_object', json_schema: compiled(schema, leftOut) };
}

/** Tokens to think with. */
const budgets: Readonly<Record<string, number>> = {
  minimal: 1_024,
  low: 1_024,
  medium: 8_192,
  high: 24_576,
  xhigh: 31_000,
};

function addThinking(
  body: ChatRequest,
  { reasoning_effort: effort }: JsonObject,
  { record }: Question,
  notices: string[],
): void {
  if (effort === undefined || effort === null || body.thinking !== undefined) return;
  if (record?.capabilities.reasoning === false) {
    notices.push(`${body.model} does not think; reasoning_effort was left out`);
    return;
  }
  if (effort === 'none') {
    body.thinking = { type: 'disabled' };
    return;
  }
  const budget = typeof effort === 'string' && Object.hasOwn(budgets, effort) ? budgets[effort] : undefined;
  if (budget === undefined) {
    notices.push(`${VENDOR} does not know the reasoning_effort "${String(effort)}"; it was left out`);
  } else body.thinking = { type: 'enabled', token_budget: budget };
}
