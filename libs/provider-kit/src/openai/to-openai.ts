/**
 * A request for an OpenAI-shaped vendor: the customer's bytes as sent, but for the model, what belongs to Skein or to
 * another dialect, and what the vendor spells differently or has not. Every difference is data: the vendor's row.
 */
import { metadataFields } from '@skein/contracts/gateway';
import type { VendorQuirks } from '@skein/catalog';
import { SkeinError } from '@skein/contracts/errors';
import { continuationMessages } from '../continuation.js';
import { editMembers, type MemberEdits } from '../edit-json.js';
import { isForeign, LeftOut, saysNothing } from '../foreign-fields.js';
import { isObject, itemsOf, objectOf, type JsonObject } from '../json.js';
import { isStrictSchema, schemaInWords } from '../schemas/compile-schema.js';
import { asksNothing, cannot, leaveOutResponses } from '../screen-fields.js';
import type { Question } from '../vendor-adapter.js';
import { screenMessages, screenTools, type MessageScreen } from './openai-messages.js';

const ownFields = new Set<string>(metadataFields);

export interface OpenAiRequest {
  readonly body: Uint8Array;
  readonly notices: readonly string[];
  /** Did the customer ask for the chunk that holds nothing but usage? */
  readonly wantsUsageChunk: boolean;
  /** Did the customer ask for one call at a time, of a vendor that cannot be told? */
  readonly firstCallOnly: boolean;
}

interface Draft {
  readonly set: Record<string, unknown>;
  readonly remove: string[];
  readonly rename: Record<string, string>;
  readonly append: Record<string, readonly unknown[]>;
  readonly leftOut: LeftOut;
}

/** Translates. Throws `invalid_request` when the body is no JSON object, and by name for what the vendor cannot do. */
export function toOpenAi(question: Question, vendor: string, quirks: VendorQuirks): OpenAiRequest {
  const request = question.body.json;
  if (!isObject(request)) throw new SkeinError('invalid_request', 'The request body must be a JSON object.');
  const leftOut = new LeftOut(vendor);
  const draft: Draft = { set: { model: question.model }, remove: [], rename: {}, append: {}, leftOut };
  if (question.continuation !== null) {
    draft.append.messages = continuationMessages(question.continuation.text_so_far, {
      vendor,
      model: question.model,
    });
  }
  setStream(request, question.stream, quirks, draft);
  keepForeignMetadata(request, draft);
  screenBody(request, vendor, quirks, draft);
  spellLimits(request, quirks, draft);
  spellSeed(request, vendor, quirks, draft);
  const screen: MessageScreen = { vendor, quirks, leftOut };
  setIfChanged(draft, 'messages', request.messages, screenMessages(itemsOf(request.messages), screen));
  setIfChanged(draft, 'tools', request.tools, screenTools(request.tools, screen));
  demandTools(request, vendor, quirks);
  const firstCallOnly = callOneByOne(request, vendor, quirks, draft);
  askBySchema(request, vendor, quirks, draft);
  return {
    body: editMembers(question.body.bytes, editsOf(draft)),
    notices: leftOut.notices,
    wantsUsageChunk: isObject(request.stream_options) && request.stream_options.include_usage === true,
    firstCallOnly,
  };
}

/** What is added to a list that was rewritten anyway is written with it. */
function editsOf({ set, append, ...rest }: Draft): MemberEdits {
  const { messages } = append;
  if (messages === undefined || set.messages === undefined) return { ...rest, set, append };
  return { ...rest, set: { ...set, messages: [...itemsOf(set.messages), ...messages] }, append: {} };
}

function setIfChanged(draft: Draft, field: string, asked: unknown, written: unknown): void {
  if (asked !== undefined && written !== asked) draft.set[field] = written;
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

/** Fields of other dialects, and those of OpenAI's that the vendor has not. */
function screenBody(request: JsonObject, vendor: string, quirks: VendorQuirks, draft: Draft): void {
  for (const [field, value] of Object.entries(request)) {
    const rule = Object.hasOwn(quirks.lacks, field) ? quirks.lacks[field] : undefined;
    if (rule !== undefined) {
      draft.remove.push(field);
      if (asksNothing(field, value)) continue;
      if (rule === 'refused') throw cannot(vendor, field);
      if (rule === 'noticed') draft.leftOut.field('body', field);
    } else if (isForeign('body', field, quirks)) {
      draft.remove.push(field);
      if (field === 'responses') leaveOutResponses(value, vendor, draft.leftOut);
      else if (!saysNothing(value)) draft.leftOut.field('body', field);
    }
  }
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
    draft.leftOut.say(`${vendor} has no seed; the answer is not reproducible`);
  }
}

/** A demand that is passed over would give another answer: it is refused. */
function demandTools({ tool_choice: choice }: JsonObject, vendor: string, { toolDemand }: VendorQuirks): void {
  const isNamed = isObject(choice);
  const isDemand = isNamed || choice === 'required' || choice === 'any';
  if (!isDemand || toolDemand === 'any or named' || (toolDemand === 'any' && !isNamed)) return;
  throw cannot(vendor, 'tool_choice', 'it cannot be told to call a tool');
}

function callOneByOne(request: JsonObject, vendor: string, quirks: VendorQuirks, draft: Draft): boolean {
  if (request.parallel_tool_calls === undefined || quirks.singleCalls) return false;
  draft.remove.push('parallel_tool_calls');
  if (request.parallel_tool_calls !== false || itemsOf(request.tools).length === 0) return false;
  draft.leftOut.say(`${vendor} cannot be told to call one tool at a time; of several calls the first is passed on`);
  return true;
}

/** Answers by a schema, as far as the vendor can be asked for them; what it does not enforce is checked afterwards. */
function askBySchema(request: JsonObject, vendor: string, quirks: VendorQuirks, draft: Draft): void {
  const format = objectOf(request.response_format);
  if (format.type === 'json_schema' && quirks.schemas === 'json_schema') {
    const asked = objectOf(format.json_schema);
    if (asked.strict !== true || isStrictSchema(asked.schema)) return;
    draft.set.response_format = { ...format, json_schema: { ...asked, strict: false } };
    draft.leftOut.say(`${vendor} enforces closed schemas alone whose fields are all required; strict was left out`);
    return;
  }
  const { schema } = objectOf(format.json_schema);
  const isInWords =
    (format.type === 'json_schema' && quirks.schemas !== 'json_schema') ||
    (format.type === 'json_object' && quirks.schemas === 'words');
  if (!isInWords) return;
  if (quirks.schemas === 'words') draft.remove.push('response_format');
  else draft.set.response_format = { type: 'json_object' };
  const wish = { role: 'system', content: schemaInWords(isObject(schema) ? schema : null) };
  draft.set.messages = [wish, ...itemsOf(draft.set.messages ?? request.messages)];
  draft.leftOut.say(`${vendor} takes no ${format.type}; it was asked for in words`);
}
