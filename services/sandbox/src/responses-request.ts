// Reads a request for a Response into the chat it means, so that answers, counts and knobs are the same; and what OpenAI
// would not take.
import { hashText } from './hash.js';
import { isObject, listIn, numberIn, objectIn, objectsIn, textIn, type JsonObject } from './json.js';
import { NO_SUCH_MODEL, type Problem } from './wire.js';

const KNOWN_FIELDS = new Set(
  'background context_management conversation include input instructions max_output_tokens max_tool_calls metadata model moderation parallel_tool_calls previous_response_id prompt prompt_cache_key prompt_cache_options prompt_cache_retention reasoning safety_identifier service_tier store stream stream_options temperature text tool_choice tools top_logprobs top_p truncation type user'.split(
    ' ',
  ),
);

/** Models that OpenAI serves at no other address. */
const RESPONSES_ONLY =
  /^(?:o\d[\w.-]*-pro|gpt-[\d.]+-pro|(?:[\w.-]*-)?codex[\w.-]*|[\w.-]+-deep-research)(?:-\d{4}-\d\d-\d\d)?$/;
export const isResponsesOnly = (model: string): boolean => RESPONSES_ONLY.test(model);

const partText = (part: JsonObject): string => textIn(part['text']) ?? textIn(part['refusal']) ?? '';

/** Text of content, of the output of a tool, of anything that is parts or a string. */
function textOf(content: unknown): string {
  return typeof content === 'string' ? content : objectsIn(content).map(partText).join('\n');
}

function itemsIn({ input }: JsonObject): JsonObject[] {
  const text = textIn(input);
  return text === undefined ? objectsIn(input) : [{ role: 'user', content: text }];
}

export function lastUserText(body: JsonObject): string {
  return textOf(itemsIn(body).findLast(({ role }) => role === 'user')?.['content']);
}

const chatParts: Readonly<Record<string, string>> = {
  input_text: 'text',
  output_text: 'text',
  input_image: 'image_url',
  input_file: 'file',
};

function messageOf(item: JsonObject): JsonObject {
  const { type, role, content, call_id: id, name, output } = item;
  if (type === 'function_call' || type === 'custom_tool_call') {
    return { role: 'assistant', content: null, tool_calls: [{ id, function: { name, arguments: item['arguments'] } }] };
  }
  if (type === 'function_call_output' || type === 'custom_tool_call_output') {
    return { role: 'tool', tool_call_id: id, content: textOf(output) };
  }
  if (role === undefined) return { role: 'assistant', content: '' };
  const parts = objectsIn(content).map((part) => ({
    ...part,
    type: chatParts[textIn(part['type']) ?? ''] ?? part['type'],
  }));
  return { role, content: typeof content === 'string' ? content : parts };
}

/** The chat that it means. */
export function chatOf(body: JsonObject): JsonObject {
  const { model, instructions, temperature, top_p, max_output_tokens, tool_choice, parallel_tool_calls } = body;
  const { type, ...schema } = objectIn(objectIn(body['text'])['format']);
  const functions = objectsIn(body['tools']).filter((tool) => tool['type'] === 'function');
  const named = textIn(objectIn(tool_choice)['name']);
  return {
    model,
    messages: [
      ...(textIn(instructions) === undefined ? [] : [{ role: 'system', content: instructions }]),
      ...itemsIn(body).map(messageOf),
    ],
    max_completion_tokens: numberIn(max_output_tokens),
    temperature,
    top_p,
    parallel_tool_calls,
    reasoning_effort: objectIn(body['reasoning'])['effort'],
    ...(type !== undefined && { response_format: type === 'json_schema' ? { type, json_schema: schema } : { type } }),
    ...(functions.length > 0 && { tools: functions.map((tool) => ({ type: 'function', function: tool })) }),
    ...(tool_choice !== undefined && {
      tool_choice: named === undefined ? tool_choice : { function: { name: named } },
    }),
  };
}

/** The cipher of a thought: whoever changes it, or its id, is found out. */
export const cipherOf = (id: string): string => `gAAAA${hashText(id).toString(36)}`;

function itemProblem(item: JsonObject, at: number): Omit<Problem, 'kind' | 'status'> | undefined {
  const id = textIn(item['id']) ?? '';
  if (item['type'] !== 'reasoning') return undefined;
  const cipher = textIn(item['encrypted_content']);
  if (cipher === undefined) {
    const why = 'Items are not persisted when `store` is set to false.';
    return { message: `Item with id '${id}' not found. ${why}`, param: 'input' };
  }
  if (cipher === cipherOf(id)) return undefined;
  const message = `The encrypted content for item ${id} could not be verified.`;
  return { message, param: `input[${at}].encrypted_content`, code: 'invalid_encrypted_content' };
}

/** What is wrong with it; vendors that are strict refuse what they do not know. */
export function responseProblem(body: JsonObject, model: string, isStrict: boolean): Problem | undefined {
  const bad = (rest: Omit<Problem, 'kind' | 'status'>): Problem => ({ kind: 'bad_request', status: 400, ...rest });
  if (model === '') return bad({ message: "Missing required parameter: 'model'.", param: 'model' });
  if (NO_SUCH_MODEL.test(model)) return { kind: 'no_model', status: 404, model };
  const { input } = body;
  if (textIn(input) === undefined && listIn(input).length === 0) {
    return bad({ message: "Missing required parameter: 'input'.", param: 'input', code: 'missing_required_parameter' });
  }
  const temperature = numberIn(body['temperature']);
  if (temperature !== undefined && temperature > 2) {
    const message = `Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got ${temperature.toFixed(1)} instead.`;
    return bad({ message, param: 'temperature', code: 'decimal_above_max_value' });
  }
  if (!isStrict) return undefined;
  const stranger = Object.keys(body).find((field) => !KNOWN_FIELDS.has(field));
  if (stranger !== undefined) {
    return bad({ message: `Unknown parameter: '${stranger}'.`, param: stranger, code: 'unknown_parameter' });
  }
  const nameless = objectsIn(body['tools']).findIndex(
    (tool) => tool['type'] === 'function' && !isObject(tool['parameters']),
  );
  if (nameless !== -1)
    return bad({ message: `Missing required parameter: 'tools[${nameless}].parameters'.`, param: 'tools' });
  for (const [at, item] of itemsIn(body).entries()) {
    const problem = itemProblem(item, at);
    if (problem !== undefined) return bad(problem);
  }
  return undefined;
}
