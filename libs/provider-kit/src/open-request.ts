/** How the translation of a chat request begins in every dialect that is not OpenAI's, and the fields that mean the same in all. */
import type { Vendor } from '@skein/catalog';
import { SkeinError } from '@skein/contracts/errors';
import { continuationMessages } from './continuation.js';
import { LeftOut } from './foreign-fields.js';
import { countOf, isObject, itemsOf, objectOf, type JsonObject } from './json.js';
import { foreignMetadata } from './openai/to-openai.js';
import { screenFields, type FieldTable } from './screen-fields.js';
import type { Question } from './vendor-adapter.js';

export interface OpenedRequest {
  readonly request: JsonObject;
  /** The conversation, in OpenAI's shape; where another vendor broke off, with the turns that ask to go on. */
  readonly messages: readonly unknown[];
  /** The vendor's own fields, to be passed on as they are. */
  readonly extras: JsonObject;
  /** What has been left out so far; the translation adds to it. */
  readonly notices: string[];
  /** What is left out of messages, parts, tools and calls. */
  readonly leftOut: LeftOut;
  /** Did the customer ask for the chunk that holds nothing but usage? */
  readonly wantsUsageChunk: boolean;
}

/** Screens a request by the dialect's table. Throws `invalid_request`: no JSON object, or the first field that is refused. */
export function openRequest(question: Question, table: FieldTable, row: Vendor): OpenedRequest {
  const request = question.body.json;
  if (!isObject(request)) throw new SkeinError('invalid_request', 'The request body must be a JSON object.');
  const { notices, extras } = screenFields(request, table, row);
  const shown = question.continuation?.text_so_far ?? '';
  const thinks = request.thinking !== undefined || request.reasoning_effort !== undefined;
  const goOn = continuationMessages(shown, { vendor: row.id, model: question.model, thinks });
  return {
    request,
    messages: [...itemsOf(request.messages), ...goOn],
    extras,
    notices,
    leftOut: new LeftOut(row.id),
    wantsUsageChunk: objectOf(request.stream_options).include_usage === true,
  };
}

/** The bound on the answer, in tokens; null where the caller gave none. */
export function maxTokensOf(request: JsonObject): number | null {
  return countOf(request.max_completion_tokens) ?? countOf(request.max_tokens);
}

/** OpenAI takes one sequence or a list; what is no text is none. */
export function stopSequencesOf({ stop }: JsonObject): string[] {
  return (typeof stop === 'string' ? [stop] : itemsOf(stop)).filter((sequence) => typeof sequence === 'string');
}

/** Says which metadata a vendor that keeps none does not get; Skein's own is nobody else's business. */
export function leaveOutMetadata({ metadata }: JsonObject, vendor: string, notices: string[]): void {
  const foreign = isObject(metadata) ? foreignMetadata(metadata) : null;
  if (foreign !== null) notices.push(`${vendor} keeps no metadata; ${Object.keys(foreign).join(', ')} was left out`);
}
