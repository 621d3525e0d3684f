/**
 * What becomes of each field of an OpenAI chat request in a dialect that is not OpenAI's. Nothing is dropped in silence: a
 * field is translated, refused by name, or left out with a notice; what belongs to another dialect is left out with a
 * notice, too, and what nobody knows is the vendor's own and goes on as it is.
 */
import type { Vendor } from '@skein/catalog';
import { SkeinError } from '@skein/contracts/errors';
import { LeftOut, isForeign, saysNothing } from './foreign-fields.js';
import { isObject, type JsonObject } from './json.js';

export type FieldRule =
  /** The adapter reads it. */
  | 'translated'
  /** Concerns nobody but the one who asked (bookkeeping, hints of cost): left out. */
  | 'left out'
  /** A wish the vendor cannot take: left out, and said so. */
  | 'noticed'
  /** The answer would be another without it: refused. */
  | 'refused';

/** Every field of OpenAI's chat request. */
const chatFields = [
  'audio',
  'frequency_penalty',
  'function_call',
  'functions',
  'logit_bias',
  'logprobs',
  'max_completion_tokens',
  'max_tokens',
  'messages',
  'metadata',
  'modalities',
  'model',
  'moderation',
  'n',
  'parallel_tool_calls',
  'prediction',
  'presence_penalty',
  'prompt_cache_key',
  'prompt_cache_retention',
  'reasoning_effort',
  'response_format',
  'safety_identifier',
  'seed',
  'service_tier',
  'stop',
  'store',
  'stream',
  'stream_options',
  'temperature',
  'tool_choice',
  'tools',
  'top_logprobs',
  'top_p',
  'user',
  'verbosity',
  'web_search_options',
] as const;
export type ChatField = (typeof chatFields)[number];
export type FieldTable = Readonly<Record<ChatField, FieldRule>>;

const isChatField = (field: string): field is ChatField => (chatFields as readonly string[]).includes(field);

/** Values that ask for nothing beyond what a vendor does anyway. */
export function asksNothing(field: string, value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === 0 || value === '') return true;
  if (field === 'n') return value === 1;
  if (field === 'service_tier') return value === 'auto' || value === 'default';
  if (field === 'modalities') return Array.isArray(value) && value.every((modality) => modality === 'text');
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

export interface ScreenedFields {
  readonly notices: string[];
  /** The vendor's own fields, to be passed on as they are. */
  readonly extras: JsonObject;
}

/** Goes through a request by the table. Throws `invalid_request` naming the first field that is refused. */
export function screenFields(request: JsonObject, table: FieldTable, { id: vendor, quirks }: Vendor): ScreenedFields {
  const leftOut = new LeftOut(vendor);
  const extras: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(request)) {
    if (field === 'responses' && isForeign('body', field, quirks)) leaveOutResponses(value, vendor, leftOut);
    else if (!isChatField(field)) {
      if (!isForeign('body', field, quirks)) extras[field] = value;
      else if (!saysNothing(value)) leftOut.field('body', field);
    } else {
      const rule = table[field];
      if (rule === 'translated' || rule === 'left out' || asksNothing(field, value)) continue;
      if (rule === 'refused') throw cannot(vendor, field);
      leftOut.field('body', field);
    }
  }
  return { notices: leftOut.notices, extras };
}

/** Members of `responses` that ask for more of the same answer: what comes without them is told anyway. */
const heardAnyway = new Set(['include', 'reasoning']);
/** Members without which the answer would be another. */
const responsesDemands = new Set(['tools', 'tool_choice', 'prompt']);

/** Leaves out what only a vendor that serves OpenAI's Responses can take. Throws `invalid_request` for what it would change. */
export function leaveOutResponses(responses: unknown, vendor: string, leftOut: LeftOut): void {
  for (const [member, value] of Object.entries(isObject(responses) ? responses : {})) {
    if (saysNothing(value) || heardAnyway.has(member)) continue;
    if (responsesDemands.has(member)) throw cannot(vendor, member, 'only OpenAI’s Responses have it');
    leftOut.field('body', member);
  }
}

/** The refusal of something a vendor cannot do, by the name the caller gave it. */
export function cannot(vendor: string, param: string, why?: string): SkeinError {
  return new SkeinError('invalid_request', `${vendor} cannot take ${param}${why === undefined ? '' : `: ${why}`}.`, {
    param,
    detail: { vendor },
  });
}
