// Checks without a model: rules, JSON schemas, filters. Pure but for the time bound of patterns.
import type { WorkflowStage } from '@skein/contracts/workflows';
import { SkeinError } from '@skein/contracts/errors';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { StepValue } from '../engine/step.js';
import { matchesOf, withinBound } from './match.js';

const REDACTED = '[redacted]';

/** What is wrong with a text by the rules; empty: nothing. */
export function brokenRules(text: string, rules: NonNullable<WorkflowStage['rules']>): string[] {
  const { min_length: min, max_length: max, contains = [], not_contains: without = [], matches } = rules;
  return [
    ...(min !== undefined && text.length < min ? [`it has ${text.length} characters, at least ${min} are wanted`] : []),
    ...(max !== undefined && text.length > max ? [`it has ${text.length} characters, at most ${max} are allowed`] : []),
    ...contains.filter((word) => !text.includes(word)).map((word) => `it does not contain "${word}"`),
    ...without.filter((word) => text.includes(word)).map((word) => `it contains "${word}"`),
    ...(matches !== undefined && matchesOf(text, matches).length === 0
      ? [`it does not match ${matches.name ?? matches.pattern}`]
      : []),
  ];
}

/** What is wrong with a text as JSON of a schema. Throws `invalid_request` for a schema that is none. */
export function brokenSchema(text: string, schema: Record<string, unknown>): string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return ['it is not JSON'];
  }
  const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: true });
  addFormats.default(ajv);
  let validate: ReturnType<typeof ajv.compile>;
  try {
    validate = ajv.compile(schema);
  } catch (cause) {
    throw new SkeinError(
      'invalid_request',
      `the schema is none: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
  // A schema may hold patterns, and those may search for ever.
  const isValid = withinBound(() => validate(value));
  if (isValid === true) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || 'it'} ${message}`);
}

/** validate: schema and rules; the text goes on as it came. */
export function validateText(text: string, { schema, rules }: WorkflowStage): StepValue {
  const wrong = [
    ...(schema === undefined ? [] : brokenSchema(text, schema)),
    ...(rules === undefined ? [] : brokenRules(text, rules)),
  ];
  return { output: text, pass: wrong.length === 0, critique: wrong.join('; ') };
}

/** guard: what the filters find, and the text as it may go on. */
export function guardText(text: string, { filters = {}, action = 'block' }: WorkflowStage): StepValue {
  const spans: { at: number; length: number; what: string }[] = [];
  for (const pattern of filters.patterns ?? []) {
    for (const [at, length] of matchesOf(text, pattern))
      spans.push({ at, length, what: pattern.name ?? pattern.pattern });
  }
  const lower = text.toLowerCase();
  for (const word of filters.deny ?? []) {
    const wanted = word.toLowerCase();
    for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, at + wanted.length)) {
      spans.push({ at, length: wanted.length, what: `"${word}"` });
    }
  }
  const schema = filters.schema === undefined ? [] : brokenSchema(text, filters.schema);
  const found = [...new Set(spans.map(({ what }) => what)), ...schema];
  if (found.length === 0) return { output: text, pass: true, critique: '' };
  const critique = `found ${found.join(', ')}`;
  if (action === 'block' || schema.length > 0) return { output: text, pass: false, critique };
  if (action === 'flag') return { output: text, pass: true, critique, notice: `flagged: ${critique}` };
  return { output: redact(text, spans), pass: true, critique };
}

function redact(text: string, spans: readonly { at: number; length: number }[]): string {
  let shown = '';
  let from = 0;
  for (const { at, length } of spans.toSorted((a, b) => a.at - b.at)) {
    if (at + length <= from) continue;
    shown += `${text.slice(from, Math.max(from, at))}${REDACTED}`;
    from = at + length;
  }
  return shown + text.slice(from);
}
