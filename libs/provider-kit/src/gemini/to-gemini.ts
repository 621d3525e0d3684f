/** An OpenAI chat request as a generateContent request. */
import type { Vendor } from '@skein/catalog';
import { saysNothing, type LeftOut } from '../foreign-fields.js';
import { countOf, isObject, itemsOf, objectOf, textOf, type JsonObject } from '../json.js';
import { leaveOutMetadata, maxTokensOf, openRequest, stopSequencesOf } from '../open-request.js';
import { compileSchema, geminiSchemas } from '../schemas/compile-schema.js';
import { cannot, type FieldTable } from '../screen-fields.js';
import type { Question } from '../vendor-adapter.js';
import { isFromThird, toContents } from './gemini-contents.js';
import type { GenerateRequest } from './gemini.wire.js';

const fieldTable: FieldTable = {
  audio: 'refused',
  frequency_penalty: 'translated',
  function_call: 'refused',
  functions: 'refused',
  logit_bias: 'refused',
  logprobs: 'translated',
  max_completion_tokens: 'translated',
  max_tokens: 'translated',
  messages: 'translated',
  metadata: 'translated',
  modalities: 'refused',
  model: 'translated',
  moderation: 'noticed',
  n: 'translated',
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
  top_logprobs: 'translated',
  top_p: 'translated',
  user: 'left out',
  verbosity: 'noticed',
  web_search_options: 'refused',
};

export interface GeminiRequest {
  readonly body: GenerateRequest;
  readonly notices: readonly string[];
  readonly wantsUsageChunk: boolean;
  /** Did the customer ask for one call at a time? It cannot be told. */
  readonly firstCallOnly: boolean;
}

/** Translates. Throws `invalid_request` naming what the vendor cannot take. */
export function toGemini(question: Question, row: Vendor): GeminiRequest {
  const vendor = row.id;
  const opened = openRequest(question, fieldTable, row);
  const { request, notices, leftOut, wantsUsageChunk } = opened;
  const { top_k, generationConfig, ...own } = opened.extras;
  const conversation = toContents(opened.messages, question.model, row, leftOut);

  const body: GenerateRequest = { ...own, contents: conversation.contents };
  if (conversation.system.length > 0) body.systemInstruction = { parts: conversation.system };
  addTools(body, request, vendor, leftOut);
  const config = {
    ...sampling(request),
    ...(countOf(top_k) !== null && { topK: top_k }),
    ...format(request, vendor, leftOut),
    ...thinking(request.reasoning_effort, question.model, vendor, notices),
    ...objectOf(generationConfig),
  };
  if (Object.keys(config).length > 0) body.generationConfig = config;
  leaveOutMetadata(request, vendor, notices);
  return {
    body,
    notices: [...notices, ...leftOut.notices],
    wantsUsageChunk,
    firstCallOnly: request.parallel_tool_calls === false,
  };
}

function sampling(request: JsonObject): JsonObject {
  const { temperature, top_p, presence_penalty, frequency_penalty, seed, n } = request;
  const stopSequences = stopSequencesOf(request);
  const maxOutputTokens = maxTokensOf(request);
  const topLogprobs = countOf(request.top_logprobs);
  return {
    ...(typeof temperature === 'number' && { temperature }),
    ...(typeof top_p === 'number' && { topP: top_p }),
    ...(typeof presence_penalty === 'number' && { presencePenalty: presence_penalty }),
    ...(typeof frequency_penalty === 'number' && { frequencyPenalty: frequency_penalty }),
    ...(typeof seed === 'number' && { seed }),
    ...(maxOutputTokens !== null && { maxOutputTokens }),
    ...(stopSequences.length > 0 && { stopSequences }),
    ...(typeof n === 'number' && n > 1 && { candidateCount: n }),
    ...(request.logprobs === true && { responseLogprobs: true }),
    ...(request.logprobs === true && topLogprobs !== null && topLogprobs > 0 && { logprobs: topLogprobs }),
  };
}

function format(request: JsonObject, vendor: string, leftOut: LeftOut): JsonObject {
  const wanted = objectOf(request.response_format);
  switch (wanted.type) {
    case undefined:
    case 'text':
      return {};
    case 'json_object':
      return { responseMimeType: 'application/json' };
    case 'json_schema': {
      const { schema } = objectOf(wanted.json_schema);
      if (!isObject(schema)) throw cannot(vendor, 'response_format.json_schema', 'it has no schema');
      return { responseMimeType: 'application/json', responseJsonSchema: compiled(schema, vendor, leftOut) };
    }
    default:
      throw cannot(vendor, 'response_format.type');
  }
}

function compiled(written: JsonObject, vendor: string, leftOut: LeftOut): JsonObject {
  const { schema, notices } = compileSchema(written, geminiSchemas(vendor));
  notices.forEach((notice) => leftOut.say(notice));
  return schema;
}

/** Tokens to think with, for models that take a budget; as Google's own OpenAI door has them. */
const budgets: Readonly<Record<string, number>> = {
  none: 0,
  minimal: 1_024,
  low: 1_024,
  medium: 8_192,
  high: 24_576,
  xhigh: 24_576,
};
const levels: Readonly<Record<string, string>> = {
  none: 'minimal',
  minimal: 'minimal',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
};

function thinking(effort: unknown, model: string, vendor: string, notices: string[]): JsonObject {
  if (effort === undefined || effort === null) return {};
  const takesLevel = isFromThird(model);
  const amount = typeof effort === 'string' ? (takesLevel ? levels : budgets)[effort] : undefined;
  if (amount === undefined) {
    notices.push(`${vendor} does not know the reasoning_effort "${String(effort)}"; it was left out`);
    return {};
  }
  const includeThoughts = effort !== 'none';
  return { thinkingConfig: { [takesLevel ? 'thinkingLevel' : 'thinkingBudget']: amount, includeThoughts } };
}

/** The vendor's own tools, by the type a caller gives them. */
const ownTools: Readonly<Record<string, string>> = {
  google_search: 'googleSearch',
  code_execution: 'codeExecution',
  url_context: 'urlContext',
};

function addTools(body: GenerateRequest, request: JsonObject, vendor: string, leftOut: LeftOut): void {
  const declarations: JsonObject[] = [];
  const tools: JsonObject[] = [];
  itemsOf(request.tools).forEach((tool, place) => {
    const { type, function: declared, ...rest } = objectOf(tool);
    if (type === 'function' && isObject(declared))
      declarations.push(toDeclaration({ ...rest, ...declared }, vendor, leftOut));
    else if (typeof type === 'string' && Object.hasOwn(ownTools, type)) tools.push({ [ownTools[type] ?? type]: rest });
    else throw cannot(vendor, `tools[${place}]`, `tools of type "${String(type)}" are not known to it`);
  });
  if (declarations.length > 0) tools.unshift({ functionDeclarations: declarations });
  if (tools.length > 0) body.tools = tools;
  if (request.parallel_tool_calls === false && declarations.length > 0) {
    leftOut.say(`${vendor} cannot be told to call one tool at a time; of several calls the first is passed on`);
  }
  const functionCallingConfig = toCallingConfig(request.tool_choice, vendor);
  if (functionCallingConfig !== null && declarations.length > 0) body.toolConfig = { functionCallingConfig };
}

function toDeclaration(declared: JsonObject, vendor: string, leftOut: LeftOut): JsonObject {
  const { name, description, parameters, strict, ...rest } = declared;
  for (const [field, value] of Object.entries(rest)) if (!saysNothing(value)) leftOut.field('tool', field);
  if (strict === true) leftOut.say(`${vendor} does not enforce the schemas of tools; strict was left out`);
  return {
    name,
    ...(textOf(description) !== null && { description }),
    ...(isObject(parameters) && { parametersJsonSchema: compiled(parameters, vendor, leftOut) }),
  };
}

const modeByChoice: Readonly<Record<string, string>> = { auto: 'AUTO', none: 'NONE', required: 'ANY' };

function toCallingConfig(choice: unknown, vendor: string): JsonObject | null {
  if (choice === undefined || choice === null) return null;
  if (typeof choice === 'string' && Object.hasOwn(modeByChoice, choice)) return { mode: modeByChoice[choice] };
  if (isObject(choice) && isObject(choice.function)) {
    return { mode: 'ANY', allowedFunctionNames: [choice.function.name] };
  }
  throw cannot(vendor, 'tool_choice');
}
