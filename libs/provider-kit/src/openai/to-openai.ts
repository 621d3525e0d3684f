/**
 * A request for an OpenAI-shaped vendor: the customer's bytes as sent, but for the model, what belongs to Skein and not to
 * the vendor, and the few fields the vendor spells differently.
 */
import { metadataFields } from '@skein/contracts/gateway';
import type { VendorQuirks } from '@skein/catalog';
import { SkeinError } from '@skein/contracts/errors';
import { continuationMessages } from '../continuation.js';
import { editMembers, type MemberEdits } from '../edit-json.js';
import { isObject, type JsonObject } from '../json.js';
import type { Question } from '../vendor-adapter.js';

const ownFields = new Set<string>(metadataFields);

export interface OpenAiRequest {
  readonly body: Uint8Array;
  readonly notices: readonly string[];
  /** Did the customer ask for the chunk that holds nothing but usage? */
  readonly wantsUsageChunk: boolean;
}

interface Draft {
  set: Record<string, unknown>;
  remove: string[];
  rename: Record<string, string>;
  notices: string[];
}

/** Translates. Throws `invalid_request` when the body is no JSON object. */
export function toOpenAi(question: Question, vendor: string, quirks: VendorQuirks): OpenAiRequest {
  const request = question.body.json;
  if (!isObject(request)) throw new SkeinError('invalid_request', 'The request body must be a JSON object.');
  const draft: Draft = { set: { model: question.model }, remove: [], rename: {}, notices: [] };
  setStream(request, question.stream, quirks, draft);
  keepForeignMetadata(request, draft);
  spellLimits(request, quirks, draft);
  spellSeed(request, vendor, quirks, draft);
  const edits: MemberEdits = {
    ...draft,
    append: question.continuation === null ? {} : { messages: continuationMessages(question.continuation.text_so_far) },
  };
  return {
    body: editMembers(question.body.bytes, edits),
    notices: draft.notices,
    wantsUsageChunk: isObject(request.stream_options) && request.stream_options.include_usage === true,
  };
}

/** Usage is asked for on every stream, because money needs it. */
function setStream(request: JsonObject, stream: boolean, quirks: VendorQuirks, draft: Draft): void {
  if (stream || request.stream === true) draft.set.stream = stream;
  if (stream && quirks.supportsStreamUsageOption) {
    const asked = isObject(request.stream_options) ? request.stream_options : {};
    if (asked.include_usage !== true) draft.set.stream_options = { ...asked, include_usage: true };
  } else if (request.stream_options !== undefined) draft.remove.push('stream_options');
}

/** What a caller tells Skein is not the vendor's to know; the rest of `metadata` is. Null where nothing is left. */
export function foreignMetadata(metadata: JsonObject): JsonObject | null {
  const foreign = Object.entries(metadata).filter(([field]) => !ownFields.has(field));
  return foreign.length === 0 ? null : Object.fromEntries(foreign);
}

function keepForeignMetadata({ metadata }: JsonObject, draft: Draft): void {
  if (!isObject(metadata)) return;
  const foreign = foreignMetadata(metadata);
  if (foreign === null) draft.remove.push('metadata');
  else if (Object.keys(foreign).length < Object.keys(metadata).length) draft.set.metadata = foreign;
}

const otherLimitField = { max_tokens: 'max_completion_tokens', max_completion_tokens: 'max_tokens' } as const;

function spellLimits(request: JsonObject, quirks: VendorQuirks, draft: Draft): void {
  const other = otherLimitField[quirks.maxTokensField];
  if (request[other] !== undefined && request[quirks.maxTokensField] === undefined) {
    draft.rename[other] = quirks.maxTokensField;
  }
}

function spellSeed(request: JsonObject, vendor: string, quirks: VendorQuirks, draft: Draft): void {
  if (request.seed === undefined || request.seed === null || quirks.seedField === 'seed') return;
  if (quirks.seedField !== null) draft.rename.seed = quirks.seedField;
  else {
    draft.remove.push('seed');
    draft.notices.push(`${vendor} has no seed; the answer is not reproducible`);
  }
}
