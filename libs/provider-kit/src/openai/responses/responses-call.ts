/** When an OpenAI-shaped vendor is asked for a Response instead of a chat completion, and how. */
import type { Vendor } from '@skein/catalog';
import { firstCallOnly } from '../../first-call-only.js';
import { isObject, itemsOf, jsonBytes, objectOf, textOf, valueAt, type JsonObject } from '../../json.js';
import type { Question, VendorCall } from '../../vendor-adapter.js';
import { readResponseWhole } from './from-response.js';
import { isLastOfResponse, ResponseStream } from './response-stream.js';
import { toResponse } from './to-response.js';

const CONTENT_TYPE = 'application/json';

/** Tools that OpenAI runs itself, and in Responses alone. */
const OWN_TOOL =
  /^(?:web_search(?:_preview)?(?:_\d{4}_\d{2}_\d{2})?|file_search|code_interpreter|image_generation|computer(?:_use_preview)?|mcp|(?:local_)?shell|apply_patch|tool_search|namespace)$/;

/**
 * Must it be a Response? Where the catalogue says that the model has no chat completions, and where something is asked for
 * that they cannot say: the members of `responses`, thoughts to be sent back, tools that OpenAI runs itself.
 */
export function needsResponse({ quirks }: Vendor, { body, record }: Question): boolean {
  if (quirks.responses === 'none') return false;
  if (record?.capabilities.chat_completions === false) return true;
  if (quirks.responses === 'functions') return false;
  const { responses, tools, messages } = objectOf(body.json);
  return (
    (isObject(responses) && Object.keys(responses).length > 0) ||
    itemsOf(tools).some((tool) => OWN_TOOL.test(textOf(valueAt(tool, 'type')) ?? '')) ||
    itemsOf(messages).some((message) => itemsOf(valueAt(message, 'response_items')).length > 0)
  );
}

/** Fields of chats that are told as Responses wherever there is a socket for them. */
const plainFields = new Set([
  ...['model', 'messages', 'stream', 'stream_options', 'metadata', 'response_format', 'reasoning_effort', 'verbosity'],
  ...['max_tokens', 'max_completion_tokens', 'temperature', 'top_p', 'user', 'safety_identifier', 'service_tier'],
  'prompt_cache_key',
]);

/** Is it a chat of nothing but text? */
export function isTextAlone({ body }: Question): boolean {
  const request = objectOf(body.json);
  const messages = itemsOf(request.messages).map(objectOf);
  const says = (field: string) => request[field] !== null && request[field] !== undefined;
  return (
    messages.length > 0 &&
    Object.keys(request).every((field) => plainFields.has(field) || !says(field)) &&
    messages.every(saysText)
  );
}

function saysText({ content, role, ...rest }: JsonObject): boolean {
  if (role === 'tool' || Object.values(rest).some((value) => value !== null && value !== undefined)) return false;
  if (typeof content === 'string') return true;
  const parts = itemsOf(content);
  return parts.length > 0 && parts.every((part) => valueAt(part, 'type') === 'text');
}

/** The call for a Response: over the vendor's socket where there is one and the answer is streamed, else over HTTP. */
export function responsesCall(vendor: Vendor, question: Question): VendorCall {
  const { stream, at } = question;
  const { body, notices, wantsUsageChunk, ...asked } = toResponse(question, vendor);
  const isBySocket = question.bySocket === true && stream;
  const call: VendorCall = {
    path: '/responses',
    headers: isBySocket ? {} : { 'content-type': CONTENT_TYPE, accept: stream ? 'text/event-stream' : CONTENT_TYPE },
    body: jsonBytes(isBySocket ? { type: 'response.create', ...body } : { ...body, stream }),
    notices,
    ...(isBySocket && { socket: { isLast: isLastOfResponse } }),
    readWhole: (bytes) => readResponseWhole(bytes, vendor, at),
    openStream: () => new ResponseStream(vendor, at, wantsUsageChunk),
  };
  return asked.firstCallOnly ? firstCallOnly(call) : call;
}
