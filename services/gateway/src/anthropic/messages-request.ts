/**
 * Anthropic's Messages request as the door checks it: what we translate has a shape, everything else is for the vendor and
 * passed on.
 */
import type { RequestBody } from '@skein/contracts/wire';
import { z } from 'zod';
import { invalidField } from '@skein/contracts/errors';

const cacheControl = z.looseObject({ type: z.string() }).nullable().optional();

/** A block of any kind: those of `blockSchemas` are looked at more closely, the others go on as they are. */
const anyBlock = z.looseObject({ type: z.string() });
export type AnyBlock = z.infer<typeof anyBlock>;

const content = z.union([z.string(), z.array(anyBlock)], { error: 'must be a string or a list of blocks' });

export const blockSchemas = {
  text: z.looseObject({ type: z.literal('text'), text: z.string() }),
  image: z.looseObject({ type: z.literal('image'), source: anyBlock }),
  document: z.looseObject({
    type: z.literal('document'),
    source: anyBlock,
    title: z.string().nullable().optional(),
    cache_control: cacheControl,
  }),
  thinking: z.looseObject({ type: z.literal('thinking'), thinking: z.string(), signature: z.string().optional() }),
  redacted_thinking: z.looseObject({ type: z.literal('redacted_thinking'), data: z.string() }),
  tool_use: z.looseObject({
    type: z.literal('tool_use'),
    id: z.string().min(1),
    name: z.string().min(1),
    input: z.record(z.string(), z.unknown()),
    cache_control: cacheControl,
  }),
  tool_result: z.looseObject({
    type: z.literal('tool_result'),
    tool_use_id: z.string().min(1),
    content: content.optional(),
    is_error: z.boolean().optional(),
    cache_control: cacheControl,
  }),
} as const;
export type Block<Kind extends keyof typeof blockSchemas> = z.infer<(typeof blockSchemas)[Kind]>;

const turn = z.looseObject({ role: z.enum(['user', 'assistant', 'system']), content });
export type Turn = z.infer<typeof turn>;

const tool = z.looseObject({
  /** Absent or `custom`: the caller's own tool. Anything else is one of Anthropic's, and passed on. */
  type: z.string().nullable().optional(),
  name: z.string().min(1).optional(),
  description: z.string().optional(),
  input_schema: z.record(z.string(), z.unknown()).optional(),
  strict: z.boolean().optional(),
});
export type Tool = z.infer<typeof tool>;

const toolChoice = z.looseObject({
  type: z.enum(['auto', 'any', 'tool', 'none']),
  name: z.string().min(1).optional(),
  disable_parallel_tool_use: z.boolean().optional(),
});
export type ToolChoice = z.infer<typeof toolChoice>;

const prompt = {
  model: z.string().min(1),
  messages: z.array(turn).min(1),
  system: content.optional(),
  tools: z.array(tool).optional(),
  tool_choice: toolChoice.optional(),
  output_config: z
    .looseObject({ format: z.looseObject({ type: z.string() }).nullable().optional() })
    .nullable()
    .optional(),
};

const messagesRequest = z.looseObject({
  ...prompt,
  max_tokens: z.int({ error: 'a whole number is required' }).positive(),
  stream: z.boolean().nullable().optional(),
  stop_sequences: z.array(z.string()).nullable().optional(),
  temperature: z.number().min(0).max(2).nullable().optional(),
  top_p: z.number().min(0).max(1).nullable().optional(),
  metadata: z.looseObject({ user_id: z.string().nullable().optional() }).nullable().optional(),
});
export type MessagesRequest = z.infer<typeof messagesRequest>;

const countRequest = z.looseObject(prompt);
export type CountRequest = z.infer<typeof countRequest>;

/** Checks a request for an answer. Throws `invalid_request` naming the field. */
export function readMessagesRequest(body: RequestBody): MessagesRequest {
  return read(messagesRequest, body.json);
}

/** Checks a request for a count: it has no `max_tokens`. Throws `invalid_request` naming the field. */
export function readCountRequest(body: RequestBody): CountRequest {
  return read(countRequest, body.json);
}

/** Checks a block that will be translated. Throws `invalid_request` naming the field. */
export function readBlock<Value>(schema: z.ZodType<Value>, block: AnyBlock, where: string): Value {
  return read(schema, block, `${where}.`);
}

function read<Value>(schema: z.ZodType<Value>, value: unknown, prefix = ''): Value {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw invalidField(parsed.error, prefix);
  return parsed.data;
}
