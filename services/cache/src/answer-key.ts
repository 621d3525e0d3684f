/**
 * The key of an exact answer: tenant, resolved model and every parameter of the request. The order in which a client
 * writes its fields does not matter; any value does; two tenants never meet.
 */
import { hash } from 'node:crypto';
import { metadataFields } from '@skein/contracts/gateway';
import { isObject, type JsonObject } from './json.js';

export const KEY_PREFIX = 'skein:cache:exact:v2:';

/** How the answer is delivered and who is billed for it: none of it changes what a model answers. */
const WITHOUT = new Set(['model', 'stream', 'stream_options', 'user']);
const OWN_METADATA: ReadonlySet<string> = new Set(metadataFields);

export interface AskedModel {
  readonly tenant: string;
  readonly vendor: string;
  readonly model: string;
}

/** Makes the key of a chat body asked of a model. */
export function answerKey({ tenant, vendor, model }: AskedModel, body: unknown): string {
  const digest = hash('sha256', JSON.stringify([tenant, vendor, model]) + canonical(parametersOf(body)));
  return `${KEY_PREFIX}${modelTag(vendor, model)}:${digest}`;
}

/** Does a key belong to this model? Answers of another model, as after a failover, must not be kept under it. */
export function isKeyOf(key: string, vendor: string, model: string): boolean {
  return key.startsWith(`${KEY_PREFIX}${modelTag(vendor, model)}:`);
}

/** The same few models are asked again and again. Names come from callers too, so what is known is bounded. */
const knownTags = new Map<string, string>();
const MOST_TAGS = 1_000;

function modelTag(vendor: string, model: string): string {
  const name = JSON.stringify([vendor, model]);
  let tag = knownTags.get(name);
  if (tag === undefined) {
    tag = hash('sha256', name).slice(0, 16);
    if (knownTags.size >= MOST_TAGS) knownTags.clear();
    knownTags.set(name, tag);
  }
  return tag;
}

function parametersOf(body: unknown): unknown {
  if (!isObject(body)) return body;
  const parameters: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    if (WITHOUT.has(name)) continue;
    const kept = name === 'metadata' && isObject(value) ? withoutOwn(value) : value;
    if (kept !== undefined) parameters[name] = kept;
  }
  return parameters;
}

/** What is left is for the vendor, if anything is. */
function withoutOwn(metadata: JsonObject): JsonObject | undefined {
  const rest = Object.entries(metadata).filter(([name]) => !OWN_METADATA.has(name));
  return rest.length === 0 ? undefined : Object.fromEntries(rest);
}

/** JSON with sorted keys at every level. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
}
