/**
 * Schemas of tools and of answers are written once, in JSON Schema, and compiled for each vendor's subset of it here. What
 * a vendor does not read is left out with a notice; the answer is validated against the schema as it was written.
 */
import { isObject, type JsonObject } from '../json.js';

export interface SchemaProfile {
  readonly vendor: string;
  /** Keywords the vendor refuses. */
  readonly unread: ReadonlySet<string>;
  /** Whether objects must say that they hold nothing else. */
  readonly closesObjects: boolean;
}

export interface CompiledSchema {
  readonly schema: JsonObject;
  readonly notices: readonly string[];
}

const NUMBERS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'];
const LENGTHS = ['minLength', 'maxLength'];
const LOGIC = ['not', 'if', 'then', 'else', 'dependentRequired', 'dependentSchemas', 'patternProperties'];
const COUNTS = ['minProperties', 'maxProperties', 'uniqueItems', 'contains', 'minContains', 'maxContains'];
/** About the document, not about what is valid. */
const ABOUT = new Set(['$schema', '$id', '$comment', 'examples', 'default', 'title', 'readOnly', 'writeOnly']);

export const geminiSchemas = (vendor: string): SchemaProfile => ({
  vendor,
  unread: new Set([
    '$schema',
    '$comment',
    'examples',
    'const',
    'pattern',
    'multipleOf',
    'exclusiveMinimum',
    'exclusiveMaximum',
    ...LENGTHS,
    ...LOGIC,
    ...COUNTS,
  ]),
  closesObjects: false,
});

/** Answers by schema and strict tools; tools that are not strict may hold any schema. */
export const anthropicSchemas = (vendor: string): SchemaProfile => ({
  vendor,
  unread: new Set(['$schema', ...NUMBERS, ...LENGTHS, ...LOGIC, ...COUNTS, 'maxItems']),
  closesObjects: true,
});

export const cohereSchemas: SchemaProfile = {
  vendor: 'cohere',
  unread: new Set(['$schema', ...NUMBERS, ...LENGTHS, ...LOGIC, ...COUNTS, 'minItems', 'maxItems', 'prefixItems']),
  closesObjects: false,
};

/** Keywords whose value is a schema, a list of schemas, or schemas by name. */
const ONE = new Set(['items', 'additionalProperties', 'not', 'if', 'then', 'else', 'contains', 'propertyNames']);
const MANY = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems']);
const NAMED = new Set(['properties', '$defs', 'definitions', 'patternProperties', 'dependentSchemas']);

/** Compiles. The schema itself comes back where nothing about it has to change. */
export function compileSchema(schema: JsonObject, profile: SchemaProfile): CompiledSchema {
  const unread = new Set<string>();
  const compiled = compile(schema, profile, unread);
  const lost = [...unread].filter((keyword) => !ABOUT.has(keyword));
  return {
    schema: compiled,
    notices:
      lost.length === 0
        ? []
        : [`${profile.vendor} does not read ${lost.join(', ')} in schemas; left out, the answer is checked for it`],
  };
}

function compile(schema: JsonObject, profile: SchemaProfile, unread: Set<string>): JsonObject {
  const entries: [string, unknown][] = [];
  let isChanged = false;
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === 'const' && profile.unread.has('const')) {
      entries.push(['enum', [value]]);
      isChanged = true;
    } else if (profile.unread.has(keyword)) {
      unread.add(keyword);
      isChanged = true;
    } else {
      const written = compileMember(keyword, value, profile, unread);
      isChanged ||= written !== value;
      entries.push([keyword, written]);
    }
  }
  if (profile.closesObjects && isObject(schema.properties) && schema.additionalProperties === undefined) {
    entries.push(['additionalProperties', false]);
    isChanged = true;
  }
  return isChanged ? Object.fromEntries(entries) : schema;
}

function compileMember(keyword: string, value: unknown, profile: SchemaProfile, unread: Set<string>): unknown {
  if (ONE.has(keyword) && isObject(value)) return compile(value, profile, unread);
  if (MANY.has(keyword) && Array.isArray(value)) {
    const items = value as unknown[];
    const written = items.map((item) => (isObject(item) ? compile(item, profile, unread) : item));
    return written.some((item, place) => item !== items[place]) ? written : value;
  }
  if (!NAMED.has(keyword) || !isObject(value)) return value;
  const written = Object.entries(value).map(
    ([name, held]) => [name, isObject(held) ? compile(held, profile, unread) : held] as const,
  );
  return written.some(([name, held]) => held !== value[name]) ? Object.fromEntries(written) : value;
}

/**
 * Whether a schema is what OpenAI's strict mode demands: every object closed, and all it may hold required. Where it is
 * not, strict mode refuses it.
 */
export function isStrictSchema(schema: unknown): boolean {
  if (!isObject(schema)) return true;
  const { properties, required, additionalProperties } = schema;
  if (isObject(properties)) {
    if (additionalProperties !== false) return false;
    const named = new Set(Array.isArray(required) ? (required as unknown[]) : []);
    if (!Object.keys(properties).every((name) => named.has(name))) return false;
  }
  return Object.entries(schema).every(([keyword, value]) => {
    if (ONE.has(keyword)) return isStrictSchema(value);
    if (MANY.has(keyword)) return !Array.isArray(value) || (value as unknown[]).every(isStrictSchema);
    return !NAMED.has(keyword) || !isObject(value) || Object.values(value).every(isStrictSchema);
  });
}

/** The wish for an answer by a schema in words, for vendors that take no schema. */
export function schemaInWords(schema: JsonObject | null): string {
  const bare = 'Answer with one JSON object and nothing else: no code fence, no words before or after it.';
  return schema === null ? bare : `${bare} It must be valid against this JSON Schema:\n${JSON.stringify(schema)}`;
}
