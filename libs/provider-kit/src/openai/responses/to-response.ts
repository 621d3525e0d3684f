/** A chat request as one of OpenAI's Responses, for models and wishes that chat completions do not serve. */
import type { Vendor, VendorQuirks } from '@skein/catalog';
import { isObject, itemsOf, objectOf, textOf, type JsonObject } from '../../json.js';
import { isStrictSchema } from '../../schemas/compile-schema.js';
import { openRequest } from '../../open-request.js';
import { cannot, type FieldTable } from '../../screen-fields.js';
import type { Question } from '../../vendor-adapter.js';
import { screenTools, type MessageScreen } from '../openai-messages.js';
import { foreignMetadata } from '../to-openai.js';
import { toResponseItems } from './to-response-items.js';

const responseFields: FieldTable = {
  audio: 'refused',
  frequency_penalty: 'noticed',
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
  moderation: 'translated',
  n: 'refused',
  parallel_tool_calls: 'translated',
  prediction: 'noticed',
  presence_penalty: 'noticed',
  prompt_cache_key: 'translated',
  prompt_cache_retention: 'translated',
  reasoning_effort: 'translated',
  response_format: 'translated',
  safety_identifier: 'translated',
  seed: 'noticed',
  service_tier: 'translated',
  stop: 'refused',
  store: 'translated',
  stream: 'translated',
  stream_options: 'translated',
  temperature: 'translated',
  tool_choice: 'translated',
  tools: 'translated',
  top_logprobs: 'translated',
  top_p: 'translated',
  user: 'translated',
  verbosity: 'translated',
  web_search_options: 'translated',
};

/** Fields that have the same name and meaning in both. */
const alike = [
  ...['temperature', 'top_p', 'user', 'safety_identifier', 'service_tier', 'prompt_cache_key'],
  ...['prompt_cache_retention', 'parallel_tool_calls', 'moderation'],
];

/** What chat holds for a Response beyond OpenAI's own chat. */
const ownPlaces = ['responses', 'message.response_items', 'message.block_order', 'message.phase'];
const readParts = ['text', 'refusal', 'image_url', 'file'];

/** The vendor's row as it is where it is asked for a Response. */
function responseQuirks(quirks: VendorQuirks): VendorQuirks {
  return {
    ...quirks,
    takes: quirks.takes.includes('*') ? quirks.takes : [...quirks.takes, ...ownPlaces],
    parts: quirks.parts === null ? null : readParts,
    toolMedia: true,
  };
}

export interface ResponseRequest {
  /** Without `stream`, which is the transport's. */
  readonly body: JsonObject;
  readonly notices: readonly string[];
  /** Did the customer ask for the chunk that holds nothing but usage? */
  readonly wantsUsageChunk: boolean;
  /** Did the customer ask for one call at a time, of a vendor that cannot be told? */
  readonly firstCallOnly: boolean;
}

/**
 * Translates. `responses` holds what only a Response has (`include`, `truncation`, tools of the vendor's own, …) and is laid
 * over what is translated. Throws `invalid_request` naming what the vendor cannot take.
 */
export function toResponse(question: Question, row: Vendor): ResponseRequest {
  const { model, record } = question;
  const vendor: Vendor = { ...row, quirks: responseQuirks(row.quirks) };
  const table: FieldTable = { ...responseFields, ...vendor.quirks.lacks };
  const { request, messages, extras, notices, leftOut, wantsUsageChunk } = openRequest(question, table, vendor);
  const { responses, ...own } = extras;
  const asked: JsonObject = Object.fromEntries(
    Object.entries(request).filter(
      ([field, value]) => table[field as keyof FieldTable] === 'translated' && value !== null && value !== undefined,
    ),
  );
  const { include, reasoning, text, tools, tool_choice, ...beyond } = objectOf(responses);
  if (row.quirks.responses === 'functions' && itemsOf(tools).length > 0) {
    throw cannot(vendor.id, 'tools', 'it runs none itself');
  }
  const screen: MessageScreen = { vendor: vendor.id, quirks: vendor.quirks, leftOut };
  const offered = [...toTools(asked, screen), ...itemsOf(tools)];
  const choice = tool_choice ?? toChoice(asked.tool_choice);
  const included = [
    ...itemsOf(include),
    ...(asked.logprobs === true ? ['message.output_text.logprobs'] : []),
    // Without it what was thought before a call is lost with the next turn: nothing is stored at the vendor.
    ...(record?.capabilities.reasoning === true && offered.length > 0 ? ['reasoning.encrypted_content'] : []),
  ];
  const told = { ...textOptions(asked, screen), ...objectOf(text) };
  const thinks = {
    ...(textOf(asked.reasoning_effort) !== null && { effort: asked.reasoning_effort }),
    ...objectOf(reasoning),
  };
  const metadata = isObject(asked.metadata) ? foreignMetadata(asked.metadata) : null;
  const isSingle = asked.parallel_tool_calls === false && !vendor.quirks.singleCalls && offered.length > 0;
  if (isSingle) {
    leftOut.say(`${vendor.id} cannot be told to call one tool at a time; of several calls the first is passed on`);
  }
  const same = alike.filter((field) => asked[field] !== undefined && !(isSingle && field === 'parallel_tool_calls'));
  const limit = asked.max_completion_tokens ?? asked.max_tokens;
  return {
    body: {
      ...own,
      model,
      input: toResponseItems(messages, screen),
      store: asked.store === true,
      ...Object.fromEntries(same.map((field) => [field, asked[field]])),
      ...(limit !== undefined && { max_output_tokens: limit }),
      ...(asked.top_logprobs !== undefined && { top_logprobs: asked.top_logprobs }),
      ...(Object.keys(told).length > 0 && { text: told }),
      ...(Object.keys(thinks).length > 0 && { reasoning: thinks }),
      ...(metadata !== null && { metadata }),
      ...(offered.length > 0 && { tools: offered }),
      ...(choice !== undefined && { tool_choice: choice }),
      ...(included.length > 0 && { include: [...new Set(included)] }),
      ...beyond,
    },
    notices: [...notices, ...leftOut.notices],
    wantsUsageChunk,
    firstCallOnly: isSingle,
  };
}

function toTools({ tools, web_search_options: search }: JsonObject, screen: MessageScreen): JsonObject[] {
  const written = itemsOf(screenTools(tools, screen)).map((tool) => toTool(objectOf(tool)));
  if (!isObject(search)) return written;
  const { user_location: place, ...options } = search;
  const { approximate, ...where } = objectOf(place);
  screen.leftOut.say(`${screen.vendor} searches the web where the model wishes to`);
  return [
    ...written,
    {
      type: 'web_search',
      ...options,
      ...(isObject(place) && { user_location: { ...where, ...objectOf(approximate) } }),
    },
  ];
}

/** Tools of the vendor's own go on as they are. A function is strict there unless it says otherwise; in chat it is not. */
function toTool({ type, ...tool }: JsonObject): JsonObject {
  if (isObject(tool.function)) {
    const { function: declared, ...rest } = tool;
    return { type, strict: false, parameters: {}, ...objectOf(declared), ...rest };
  }
  if (!isObject(tool.custom)) return { type, ...tool };
  const { custom, ...rest } = tool;
  const { format, ...declared } = objectOf(custom);
  return { type, ...declared, ...(isObject(format) && { format: toGrammar(format) }), ...rest };
}

/** What a custom tool takes: chat keeps a grammar under its own name. */
const toGrammar = ({ grammar, ...format }: JsonObject): JsonObject => ({ ...format, ...objectOf(grammar) });

function toChoice(choice: unknown): unknown {
  if (!isObject(choice)) return choice;
  const { type, function: called, custom, allowed_tools: allowed, ...rest } = choice;
  const named = isObject(called) ? called : custom;
  if (isObject(named)) return { type, name: named.name };
  if (!isObject(allowed)) return { type, ...rest };
  return { type, ...allowed, tools: itemsOf(allowed.tools).map(toChoice) };
}

function textOptions({ response_format, verbosity }: JsonObject, { vendor, leftOut }: MessageScreen): JsonObject {
  const { type, json_schema } = objectOf(response_format);
  const told = textOf(verbosity) === null ? {} : { verbosity };
  if (type === 'json_object') return { format: { type }, ...told };
  if (type !== 'json_schema') return told;
  const asked = objectOf(json_schema);
  if (asked.strict !== true || isStrictSchema(asked.schema)) return { format: { type, ...asked }, ...told };
  leftOut.say(`${vendor} enforces closed schemas alone whose fields are all required; strict was left out`);
  return { format: { type, ...asked, strict: false }, ...told };
}
