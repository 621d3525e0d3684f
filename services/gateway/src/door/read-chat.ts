import { SkeinError, invalidField } from '@skein/contracts/errors';
import { requestMetadata, metadataFields, type RequestMetadata } from '@skein/contracts/gateway';
import { chatRequest, type ChatRequest } from '@skein/contracts/openai';
import type { RequestBody } from '@skein/contracts/wire';
import { isUsualChat } from './usual-chat.js';

/** Headers of a request with lower-case names, whichever door it came through. */
export type DoorHeaders = Readonly<Record<string, string | undefined>>;

/** Checks a chat request, once and only here. Throws `invalid_request` naming the field. */
export function readChat(body: RequestBody): ChatRequest {
  refuseFile(body);
  const { json } = body;
  if (isUsualChat(json)) return json;
  const parsed = chatRequest.safeParse(json);
  if (!parsed.success) throw invalidField(parsed.error);
  return parsed.data;
}

/** What rooms write to each other is no JSON of a customer's. Throws `invalid_request`. */
export function refuseFile(body: RequestBody): void {
  if (body.file !== null) throw new SkeinError('invalid_request', 'The request body is not valid JSON');
}

const headerReaders: { readonly [Field in keyof RequestMetadata]-?: (text: string) => unknown } = {
  task: asText,
  priority: asText,
  max_cost_usd: asText,
  max_latency_ms: asNumber,
  strategy: asText,
  compliance: asList,
  region: asText,
  user: asText,
  cost_center: asText,
  realtime: asBoolean,
  race: asBoolean,
  tags: asList,
  fallbacks: asList,
};

/** The names a field may have as a header. */
const headersOfField = metadataFields.map(
  (field) => [field, `x-skein-${field.replaceAll('_', '-')}`, `x-skein-${field}`] as const,
);
const NOTHING_SAID: RequestMetadata = Object.freeze({});

/**
 * Reads what the caller says about the request: `metadata` of the body and `x-skein-<field>` headers, of which the header
 * wins. Other keys of `metadata` are the vendor's. Throws `invalid_request` naming the field.
 */
export function readMetadata(
  bodyMetadata: Record<string, unknown> | null | undefined,
  headers: DoorHeaders,
): RequestMetadata {
  if (bodyMetadata == null && !hasOwnHeader(headers)) return NOTHING_SAID;
  let said: Record<string, unknown> | undefined;
  for (const [field, name, otherName] of headersOfField) {
    const fromHeader = headers[name] ?? headers[otherName];
    if (fromHeader !== undefined) (said ??= {})[field] = headerReaders[field](fromHeader);
    else if (bodyMetadata?.[field] !== undefined) (said ??= {})[field] = bodyMetadata[field];
  }
  if (said === undefined) return NOTHING_SAID;
  const parsed = requestMetadata.safeParse(said);
  if (!parsed.success) throw invalidField(parsed.error, 'metadata.');
  return parsed.data;
}

function hasOwnHeader(headers: DoorHeaders): boolean {
  for (const name in headers) if (name.startsWith('x-skein-')) return true;
  return false;
}

const cacheWishes = { exact: 'exact', off: 'off', policy: 'policy' } as const;

/** Reads `x-skein-cache: exact|off`. Throws `invalid_request` for anything else. */
export function readCacheWish(headers: DoorHeaders): 'policy' | 'exact' | 'off' {
  const wish = headers['x-skein-cache'] ?? 'policy';
  if (wish in cacheWishes) return cacheWishes[wish as keyof typeof cacheWishes];
  throw new SkeinError('invalid_request', 'x-skein-cache: use "exact" or "off"', { param: 'x-skein-cache' });
}

function asText(text: string): unknown {
  return text;
}

function asNumber(text: string): unknown {
  return text.trim() === '' ? text : Number(text);
}

function asBoolean(text: string): unknown {
  return text === 'true' ? true : text === 'false' ? false : text;
}

function asList(text: string): unknown {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
