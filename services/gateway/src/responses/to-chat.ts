/** A Responses request as the canonical chat request. What OpenAI's chat has no field for and a vendor may, goes on as it is. */
import { objectOf, textOf, type JsonObject } from '../anthropic/json.js';
import { toChatMessages } from './to-chat-messages.js';
import { refuse, type ResponsesRequest, type ResponseTool } from './responses-request.js';

/** Read here, or of no concern to a vendor. */
const ownFields: ReadonlySet<string> = new Set([
  'background',
  'conversation',
  'include',
  'input',
  'instructions',
  'max_output_tokens',
  'max_tool_calls',
  'previous_response_id',
  'prompt',
  'context_management',
  'reasoning',
  'store',
  'stream',
  'stream_options',
  'text',
  'tool_choice',
  'tools',
  'top_logprobs',
  'truncation',
]);

/** `earlier`: the items of the responses before this one, the oldest first. Throws `invalid_request` naming the field. */
export function toChat(request: ResponsesRequest, earlier: readonly JsonObject[]): JsonObject {
  const { instructions, input, max_output_tokens, text, reasoning, top_logprobs, include } = request;
  const rest = Object.entries(request).filter(([name, value]) => !ownFields.has(name) && value !== null);
  const wantsLogprobs = (top_logprobs ?? 0) > 0 || include?.includes('message.output_text.logprobs') === true;
  return {
    ...Object.fromEntries(rest),
    messages: [
      ...(instructions ? [{ role: 'system', content: instructions }] : []),
      ...toChatMessages(earlier, ''),
      ...toChatMessages(typeof input === 'string' ? [{ role: 'user', content: input }] : input, 'input.'),
    ],
    ...(request.stream === true && { stream: true }),
    ...(max_output_tokens != null && { max_completion_tokens: max_output_tokens }),
    ...toolFields(request),
    ...(text?.format !== undefined && text.format.type !== 'text' && { response_format: toFormat(text.format) }),
    ...(text?.verbosity != null && { verbosity: text.verbosity }),
    ...(reasoning?.effort != null && { reasoning_effort: reasoning.effort }),
    ...(wantsLogprobs && { logprobs: true, ...(top_logprobs != null && { top_logprobs }) }),
  };
}

function toFormat({ type, ...schema }: JsonObject): JsonObject {
  return type === 'json_schema' ? { type, json_schema: schema } : { type };
}

function toolFields({ tools, tool_choice }: ResponsesRequest): JsonObject {
  if (tools == null || tools.length === 0) return {};
  const allowed = allowedOf(tool_choice);
  const offered = allowed === null ? tools : tools.filter(({ name }) => name !== undefined && allowed.names.has(name));
  const written = offered.map((tool) => toTool(tool, `tools.${tools.indexOf(tool)}`));
  const choice = allowed === null ? toChoice(tool_choice) : allowed.mode;
  return { tools: written, ...(choice !== undefined && { tool_choice: choice }) };
}

function toTool({ type, ...tool }: ResponseTool, where: string): JsonObject {
  if (type === 'function') {
    const { name, description, parameters, strict, ...rest } = tool as JsonObject;
    return {
      type,
      function: {
        name,
        ...(description != null && { description }),
        ...(parameters != null && { parameters }),
        ...(strict != null && { strict }),
      },
      ...rest,
    };
  }
  if (type === 'custom') return { type, custom: tool };
  throw refuse(where, `"${type}" is a tool of OpenAI's own; offer functions`);
}

function toChoice(choice: ResponsesRequest['tool_choice']): unknown {
  if (choice === undefined || typeof choice === 'string') return choice;
  const { type, name } = choice;
  if (type === 'function') return { type, function: { name } };
  if (type === 'custom') return { type, custom: { name } };
  throw refuse('tool_choice', `"${type}" is a tool of OpenAI's own; offer functions`);
}

/** Only some of the tools may be called: the others are not offered at all. */
function allowedOf(choice: ResponsesRequest['tool_choice']): { mode: string; names: ReadonlySet<string> } | null {
  if (typeof choice !== 'object' || choice.type !== 'allowed_tools') return null;
  const tools = Array.isArray(choice['tools']) ? (choice['tools'] as unknown[]) : [];
  return {
    mode: textOf(choice['mode']) || 'auto',
    names: new Set(tools.map((tool) => textOf(objectOf(tool).name))),
  };
}
