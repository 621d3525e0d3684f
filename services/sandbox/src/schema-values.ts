import { drawBetween, pick, type Draw } from './hash.js';
import { isObject, listIn, numberIn, objectIn, objectsIn, textIn, type JsonObject } from './json.js';
import { textForPattern } from './pattern-text.js';

/** What the prompt offers to fill a schema with. */
export interface ValueHints {
  /** Text for string fields without a better rule. */
  sentence: string;
  /** Numbers for numeric fields, used up in order. */
  numbers: number[];
  /** Names (places, people) for string fields, used up in order. */
  names: string[];
  prompt: string;
}

interface Filling {
  root: JsonObject;
  draw: Draw;
  hints: ValueHints;
  /** Optional object fields are left out; used for tool arguments, where models send what they know. */
  isRequiredOnly: boolean;
}

const DEEPEST = 6;
const NAME_LIKE =
  /city|location|place|country|name|person|origin|destination|region|title|topic|subject|query|search|keyword|timezone/i;
const FORMATS: Readonly<Record<string, string>> = {
  date: '2026-03-14',
  time: '09:30:00Z',
  'date-time': '2026-03-14T09:30:00Z',
  duration: 'PT45M',
  email: 'ada@example.com',
  'idn-email': 'ada@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.17',
  ipv6: '2001:db8::17',
  uri: 'https://example.com/answer',
  'uri-reference': '/answer',
  url: 'https://example.com/answer',
  uuid: '7d2f1c34-5b6a-4e8f-9c0d-1a2b3c4d5e6f',
};

/** A value valid for the JSON schema (draft 2020 as vendors take it, and Gemini's upper-case dialect), filled from the hints. */
export function valueForSchema(schema: JsonObject, draw: Draw, hints: ValueHints, isRequiredOnly = false): unknown {
  return fill(schema, { root: schema, draw, hints, isRequiredOnly }, '', 0);
}

function fill(given: unknown, filling: Filling, field: string, depth: number): unknown {
  const schema = flatten(given, filling.root, depth);
  if ('const' in schema) return schema['const'];
  const options = listIn(schema['enum']);
  if (options.length > 0) return optionFor(options, filling);
  const branches = objectsIn(schema['anyOf'] ?? schema['oneOf']);
  if (branches.length > 0) return fill(bestBranch(branches, filling.root, depth), filling, field, depth + 1);
  switch (typeOf(schema)) {
    case 'object':
      return objectValue(schema, filling, depth);
    case 'array':
      return arrayValue(schema, filling, field, depth);
    case 'integer':
      return numberValue(schema, filling, 1);
    case 'number':
      return numberValue(schema, filling, undefined);
    case 'boolean':
      return filling.draw() < 0.5;
    case 'null':
      return null;
    default:
      return stringValue(schema, filling, field);
  }
}

/** The schema with `$ref` followed and `allOf` merged in. */
function flatten(given: unknown, root: JsonObject, depth: number): JsonObject {
  let schema = objectIn(given);
  for (let hops = 0; typeof schema['$ref'] === 'string' && hops < 16; hops += 1) {
    const { $ref: pointer, ...beside } = schema;
    schema = { ...follow(root, String(pointer)), ...beside };
  }
  const parts = objectsIn(schema['allOf']);
  if (parts.length === 0 || depth > DEEPEST * 2) return schema;
  const { allOf: _merged, ...own } = schema;
  return [...parts.map((part) => flatten(part, root, depth + 1)), own].reduce<JsonObject>(
    (whole, part) => ({
      ...whole,
      ...part,
      properties: { ...objectIn(whole['properties']), ...objectIn(part['properties']) },
      required: [...listIn(whole['required']), ...listIn(part['required'])],
    }),
    {},
  );
}

function follow(root: JsonObject, pointer: string): JsonObject {
  const path = pointer
    .replace(/^#\/?/, '')
    .split('/')
    .filter((step) => step !== '');
  const target = path.reduce<unknown>(
    (at, step) => objectIn(at)[step.replaceAll('~1', '/').replaceAll('~0', '~')],
    root,
  );
  return objectIn(target);
}

function typeOf(schema: JsonObject): string {
  const declared = listIn(schema['type']).length > 0 ? listIn(schema['type']) : [schema['type']];
  const type = declared.find((one) => typeof one === 'string' && one.toLowerCase() !== 'null') ?? declared[0];
  if (typeof type === 'string') return type.toLowerCase();
  if (isObject(schema['properties']) || isObject(schema['additionalProperties'])) return 'object';
  return schema['items'] === undefined ? 'string' : 'array';
}

function bestBranch(branches: JsonObject[], root: JsonObject, depth: number): JsonObject {
  const isNull = (branch: JsonObject): boolean => typeOf(flatten(branch, root, depth)) === 'null';
  const wanted = depth > DEEPEST ? branches.find(isNull) : branches.find((branch) => !isNull(branch));
  return wanted ?? branches[0] ?? {};
}

function optionFor(options: unknown[], filling: Filling): unknown {
  const prompt = filling.hints.prompt.toLowerCase();
  const named = options.find(
    (option) => typeof option === 'string' && option !== '' && prompt.includes(option.toLowerCase()),
  );
  return named ?? pick(filling.draw, options);
}

function objectValue(schema: JsonObject, filling: Filling, depth: number): JsonObject {
  const required = new Set(listIn(schema['required']));
  const value: JsonObject = {};
  for (const [field, inner] of Object.entries(objectIn(schema['properties']))) {
    const isOptional = !required.has(field);
    if (isOptional && (filling.isRequiredOnly || depth >= DEEPEST)) continue;
    value[field] = fill(inner, filling, field, depth + 1);
  }
  for (const field of required) {
    if (typeof field === 'string' && !(field in value)) value[field] = fill({}, filling, field, depth + 1);
  }
  const fewest = numberIn(schema['minProperties']) ?? 0;
  for (let i = 1; Object.keys(value).length < fewest; i += 1) {
    value[`key_${i}`] = fill(schema['additionalProperties'], filling, `key_${i}`, depth + 1);
  }
  return value;
}

function arrayValue(schema: JsonObject, filling: Filling, field: string, depth: number): unknown[] {
  const fewest = numberIn(schema['minItems']) ?? 0;
  const most = numberIn(schema['maxItems']) ?? Math.max(fewest, 3);
  const fixed = listIn(schema['prefixItems']);
  const usual = depth >= DEEPEST ? fewest : Math.min(most, Math.max(fewest, 2, fixed.length));
  const items = Array.from({ length: usual }, (_, i) => fill(fixed[i] ?? schema['items'], filling, field, depth + 1));
  return schema['uniqueItems'] === true
    ? items.map((item, i) => (i > 0 && typeof item === 'string' ? `${item} ${i + 1}` : item))
    : items;
}

function numberValue(schema: JsonObject, filling: Filling, whole: number | undefined): number {
  const step = numberIn(schema['multipleOf']) ?? whole ?? 0.01;
  const above = numberIn(schema['exclusiveMinimum']);
  const below = numberIn(schema['exclusiveMaximum']);
  const low = Math.ceil(above === undefined ? (numberIn(schema['minimum']) ?? -Infinity) / step : above / step + 1e-9);
  const high = Math.floor(below === undefined ? (numberIn(schema['maximum']) ?? Infinity) / step : below / step - 1e-9);
  const hinted = filling.hints.numbers[0];
  const isHintFit = hinted !== undefined && (whole === undefined || Number.isInteger(hinted));
  if (isHintFit && hinted / step >= low && hinted / step <= high && schema['multipleOf'] === undefined) {
    filling.hints.numbers.shift();
    return hinted;
  }
  const from = Number.isFinite(low) ? low : Math.min(0, Number.isFinite(high) ? high - 100 : 0);
  const to = Number.isFinite(high) ? high : from + 100;
  return Number((drawBetween(filling.draw, from, Math.min(to, from + 10_000)) * step).toPrecision(12));
}

function stringValue(schema: JsonObject, filling: Filling, field: string): string {
  const format = textIn(schema['format']);
  const known = format === undefined ? undefined : FORMATS[format];
  if (known !== undefined) return known;
  const pattern = textIn(schema['pattern']);
  const shaped = pattern === undefined ? undefined : textForPattern(pattern);
  if (shaped !== undefined) return shaped;
  const name = NAME_LIKE.test(field) ? filling.hints.names.shift() : undefined;
  const text = name ?? filling.hints.sentence;
  const least = numberIn(schema['minLength']) ?? 0;
  const most = numberIn(schema['maxLength']) ?? Infinity;
  return text.padEnd(least, '.').slice(0, most);
}
