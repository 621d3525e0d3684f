/** A Messages request as the canonical chat request. Pure: what Anthropic means, in OpenAI's words, nothing dropped. */
import { SkeinError } from '@skein/contracts/errors';
import type { JsonObject } from '@skein/contracts/openai';
import type { CountRequest, MessagesRequest, Tool, ToolChoice } from './messages-request.js';
import { toChatMessages } from './to-chat-messages.js';

/** The features of Anthropic's that a caller switches on by header. */
export function readBetas(header: string | undefined): string[] {
  return (header ?? '')
    .split(',')
    .map((beta) => beta.trim())
    .filter((beta) => beta !== '');
}

/**
 * Translates. Fields that only Anthropic has (`thinking`, `top_k`, `context_management`, …) keep their names and go on;
 * betas travel as `betas`. Streams ask for usage, which closes them. Throws `invalid_request` naming the field.
 */
export function toChat(request: MessagesRequest, betas: readonly string[]): JsonObject {
  const { max_tokens, stream, stop_sequences, metadata, ...prompt } = request;
  const { user_id, ...foreign } = metadata ?? {};
  return {
    ...toChatPrompt(prompt, betas),
    max_tokens,
    ...(stop_sequences && stop_sequences.length > 0 && { stop: stop_sequences }),
    ...(typeof user_id === 'string' && { user: user_id }),
    ...(Object.keys(foreign).length > 0 && { metadata: foreign }),
    ...(stream === true && { stream, stream_options: { include_usage: true } }),
  };
}

/** What a model reads of a request: all that counts for a count. */
export function toChatPrompt(request: CountRequest, betas: readonly string[]): JsonObject {
  const { model, messages, system, tools, tool_choice, output_config, ...rest } = request;
  return {
    ...rest,
    model,
    messages: toChatMessages({ system, messages }),
    ...(tools !== undefined && { tools: tools.map(toChatTool) }),
    ...(tool_choice !== undefined && toChatChoice(tool_choice)),
    ...(output_config != null && toChatFormat(output_config)),
    ...(betas.length > 0 && { betas }),
  };
}

function toChatTool(tool: Tool, place: number): JsonObject {
  const { type, name, description, input_schema, strict, ...rest } = tool;
  // A dated type names a tool of Anthropic's own.
  if (type != null && type !== 'custom') return tool;
  if (name === undefined || input_schema === undefined) {
    const param = `tools.${place}.${name === undefined ? 'name' : 'input_schema'}`;
    throw new SkeinError('invalid_request', `${param}: is required`, { param });
  }
  return {
    type: 'function',
    function: {
      name,
      ...(description !== undefined && { description }),
      parameters: input_schema,
      ...(strict !== undefined && { strict }),
    },
    ...rest,
  };
}

function toChatChoice({ type, name, disable_parallel_tool_use }: ToolChoice): JsonObject {
  const words: Record<ToolChoice['type'], () => unknown> = {
    auto: () => 'auto',
    any: () => 'required',
    none: () => 'none',
    tool: () => {
      if (name === undefined) {
        throw new SkeinError('invalid_request', 'tool_choice.name: is required', { param: 'tool_choice.name' });
      }
      return { type: 'function', function: { name } };
    },
  };
  return {
    tool_choice: words[type](),
    ...(disable_parallel_tool_use === true && { parallel_tool_calls: false }),
  };
}

/** OpenAI's formats have a name; Anthropic's do not. */
const FORMAT_NAME = 'answer';

/** A schema is asked for as OpenAI does, so that every vendor can be; what else the output is to be is Anthropic's. */
function toChatFormat(config: NonNullable<CountRequest['output_config']>): JsonObject {
  const { format, ...rest } = config;
  if (format?.type !== 'json_schema') return { output_config: config };
  return {
    response_format: { type: 'json_schema', json_schema: { name: FORMAT_NAME, schema: format.schema, strict: true } },
    ...(Object.keys(rest).length > 0 && { output_config: rest }),
  };
}
