/**
 * Checking values against the schemas customers write. Each schema is compiled once and kept; one that cannot be compiled
 * checks nothing. Patterns are strangers' regular expressions: those that could run for ever are not run.
 */
import { createHash } from 'node:crypto';
import formatsPlugin from 'ajv-formats';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import type { JsonObject } from '../json.js';

export interface SchemaFault {
  /** A JSON pointer; empty: the whole value. */
  readonly path: string;
  readonly problem: string;
}

/** Null: valid. */
export type SchemaCheck = (value: unknown) => SchemaFault | null;

const KEPT = 500;
/** Beyond this a schema is a program. */
const MAX_SCHEMA_CHARACTERS = 200_000;

/** A repetition of what repeats, or a reference back: time may grow without bound with the text. */
const MAY_RUN_FOR_EVER = /[*+}]\)*[*+{]|\([^()]*[*+{|][^()]*\)[*+{]|\\[1-9]|\(\?<?[=!]/;
const UNBOUNDED = /[*+]|\{\d+,\}/g;
/** The longest text, by how many parts of a pattern are unbounded: time grows with its power. */
const longestText = [Infinity, 1_000_000, 10_000, 500] as const;

interface Expression {
  test(text: string): boolean;
  toString(): string;
}

function careful(pattern: string, flags: string): Expression {
  const expression = new RegExp(pattern, flags);
  const longest = MAY_RUN_FOR_EVER.test(pattern) ? 0 : (longestText[pattern.match(UNBOUNDED)?.length ?? 0] ?? 0);
  // Ajv tells expressions apart by how they are written.
  return { test: (text) => text.length > longest || expression.test(text), toString: () => String(expression) };
}
const regExp = Object.assign(careful, { code: 'new RegExp' });

/** The plugin is published as CommonJS: its function is the default, or the default's default. */
const addFormats = formatsPlugin as unknown as typeof formatsPlugin.default;

function newAjv(): Ajv2020 {
  const ajv = new Ajv2020({
    strict: false,
    logger: false,
    allErrors: false,
    // Schemas that name themselves must not meet those of others.
    addUsedSchema: false,
    code: { regExp },
  });
  addFormats(ajv, { mode: 'fast' });
  return ajv;
}

const kept = new Map<string, SchemaCheck>();

/** The check of a schema; the same schema gives the same check. Never throws. */
export function checkOf(schema: JsonObject): SchemaCheck {
  const text = JSON.stringify(schema);
  const key = createHash('sha256').update(text).digest('base64');
  const known = kept.get(key);
  if (known !== undefined) {
    // The last used stands last.
    kept.delete(key);
    kept.set(key, known);
    return known;
  }
  const check = text.length > MAX_SCHEMA_CHARACTERS ? anything : compile(schema);
  kept.set(key, check);
  const [oldest] = kept.keys();
  if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
  return check;
}

const anything: SchemaCheck = () => null;

function compile({ $schema, $id, ...schema }: JsonObject): SchemaCheck {
  let validate: ValidateFunction;
  try {
    validate = newAjv().compile(schema);
  } catch {
    return anything;
  }
  return (value) => {
    try {
      return validate(value) ? null : faultOf(validate.errors?.[0]);
    } catch {
      // Deeper than the stack: nothing can be said of it.
      return null;
    }
  };
}

/** The rule that was broken. Names of members that a model invented are what it wrote: they are not told. */
function faultOf(error: ErrorObject | undefined): SchemaFault {
  return { path: error?.instancePath ?? '', problem: error?.message ?? 'is not valid' };
}
