/**
 * A Responses request as the canonical chat request. What chat has no field for goes on in `responses`, for vendors that
 * serve Responses themselves; what nobody knows goes on as it is.
 */
import { objectOf, textOf, type JsonObject } from '../openai/json.js';
import { toChatMessages } from './to-chat-messages.js';
import type { ResponsesRequest, ResponseTool } from './request.js';

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
  const wantsLogprobs = (top_logprobs ?? 0) > 0 || include?.includes(LOGPROBS) === true;
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
    ...beyondChat(request),
  };
}

const LOGPROBS = 'message.output_text.logprobs';
const isSaid = (value: unknown) =>
  value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0);

/** What only a Response has; nothing where nothing of it is asked for. */
function beyondChat(request: ResponsesRequest): JsonObject {
  const { include, tools, tool_choice, truncation } = request;
  const { effort: _effort, ...reasoning } = objectOf(request.reasoning);
  const { format: _format, verbosity: _verbosity, ...text } = objectOf(request.text);
  const own = (tools ?? []).filter((tool) => !isChatTool(tool) && isAllowed(tool, tool_choice));
  const members = {
    include: include?.filter((name) => name !== LOGPROBS),
    reasoning: saidOf(reasoning),
    text: saidOf(text),
    tools: own,
    tool_choice: isOwnChoice(tool_choice) ? tool_choice : undefined,
    truncation: truncation === 'disabled' ? undefined : truncation,
    max_tool_calls: request['max_tool_calls'],
    context_management: request['context_management'],
    prompt: request['prompt'],
  };
  const responses = saidOf(members);
  return responses === undefined ? {} : { responses };
}

/** The members that say something; undefined where none does. */
function saidOf(held: JsonObject): JsonObject | undefined {
  const said = Object.entries(held).filter(([, value]) => isSaid(value));
  return said.length === 0 ? undefined : Object.fromEntries(said);
}

const isChatTool = ({ type }: ResponseTool) => type === 'function' || type === 'custom';

/** A tool of the vendor's own is demanded. */
function isOwnChoice(choice: ResponsesRequest['tool_choice']): boolean {
  return typeof choice === 'object' && !['function', 'custom', 'allowed_tools'].includes(choice.type);
}

function isAllowed({ type }: ResponseTool, choice: ResponsesRequest['tool_choice']): boolean {
  return allowedOf(choice)?.types.has(type) ?? true;
}

function toFormat({ type, ...schema }: JsonObject): JsonObject {
  return type === 'json_schema' ? { type, json_schema: schema } : { type };
}

function toolFields({ tools, tool_choice }: ResponsesRequest): JsonObject {
  if (tools == null || tools.length === 0) return {};
  const allowed = allowedOf(tool_choice);
  const named = tools.filter(isChatTool);
  const offered = allowed === null ? named : named.filter(({ name }) => name !== undefined && allowed.names.has(name));
  const choice = allowed === null ? toChoice(tool_choice) : allowed.mode;
  return {
    ...(offered.length > 0 && { tools: offered.map(toTool) }),
    ...(choice !== undefined && { tool_choice: choice }),
  };
}

function toTool({ type, ...tool }: ResponseTool): JsonObject {
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
  return { type, custom: tool };
}

function toChoice(choice: ResponsesRequest['tool_choice']): unknown {
  if (choice === undefined || typeof choice === 'string') return choice;
  const { type, name } = choice;
  if (type === 'function') return { type, function: { name } };
  return type === 'custom' ? { type, custom: { name } } : undefined;
}

/** Only some of the tools may be called: the others are not offered at all. */
function allowedOf(
  choice: ResponsesRequest['tool_choice'],
): { mode: string; names: ReadonlySet<string>; types: ReadonlySet<string> } | null {
  if (typeof choice !== 'object' || choice.type !== 'allowed_tools') return null;
  const tools = Array.isArray(choice['tools']) ? (choice['tools'] as unknown[]) : [];
  return {
    mode: textOf(choice['mode']) || 'auto',
    names: new Set(tools.map((tool) => textOf(objectOf(tool).name))),
    types: new Set(tools.map((tool) => textOf(objectOf(tool).type))),
  };
}
