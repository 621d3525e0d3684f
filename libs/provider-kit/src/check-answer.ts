/**
 * Every call of a tool and every structured answer, checked against the schema that was asked for, and counted. Calls that
 * come although no tools were offered are nobody's to check.
 */
import type { AnswerValidation } from '@skein/contracts/attempt';
import { countOf, isObject, itemsOf, objectOf, textOf, tryParseJson, valueAt, type JsonObject } from './json.js';
import { checkOf, type SchemaCheck, type SchemaFault } from './schemas/schema-check.js';

/** Enough to see what is wrong. */
const MOST_FAILURES = 5;
/** A stream is put together for its check up to this size; what is larger is not checked. */
const MOST_BYTES = 4 * 1024 * 1024;

/** What an answer is checked against. */
export interface AnswerRules {
  /** Null: no tools were offered. */
  readonly tools: ReadonlyMap<string, JsonObject | null> | null;
  /** Do the tools offered include some that only a vendor knows the names of? */
  readonly hasOtherTools: boolean;
  /** Null: any text will do. */
  readonly structured: { readonly schema: JsonObject | null } | null;
}

/** Reads what a request asks for; null where there is nothing to check. */
export function readRules(request: unknown): AnswerRules | null {
  const { tools, response_format } = objectOf(request);
  const offered = itemsOf(tools).map(objectOf);
  const functions = offered.filter((tool) => isObject(tool.function));
  const { type, json_schema } = objectOf(response_format);
  const wantsJson = type === 'json_schema' || type === 'json_object';
  if (offered.length === 0 && !wantsJson) return null;
  const schemaOf = (held: unknown) => (isObject(held) ? held : null);
  return {
    tools:
      offered.length === 0
        ? null
        : new Map(
            functions.map((tool) => [
              textOf(valueAt(tool, 'function.name')) ?? '',
              schemaOf(valueAt(tool, 'function.parameters')),
            ]),
          ),
    hasOtherTools: functions.length < offered.length,
    structured: wantsJson ? { schema: schemaOf(objectOf(json_schema).schema) } : null,
  };
}

/** One choice of an answer, as far as it is checked. */
interface SaidChoice {
  readonly text: string | null;
  readonly calls: readonly { readonly name: string; readonly args: string }[];
}

/** Checks an unstreamed answer; null where it holds nothing to check. */
export function checkWhole(answer: Uint8Array, rules: AnswerRules): AnswerValidation | null {
  const choices = itemsOf(valueAt(tryParseJson(answer), 'choices'));
  return checkChoices(
    choices.map((choice) => {
      const message = objectOf(valueAt(choice, 'message'));
      return {
        text: textIn(message.content),
        calls: itemsOf(message.tool_calls).flatMap((call) => callIn(call)),
      };
    }),
    rules,
  );
}

/** Some vendors' texts are lists of parts. */
function textIn(content: unknown): string | null {
  if (!Array.isArray(content)) return textOf(content);
  const texts = itemsOf(content).map((part) => (valueAt(part, 'type') === 'text' ? valueAt(part, 'text') : null));
  return textOf(texts.filter((text) => typeof text === 'string').join(''));
}

function callIn(call: unknown): { name: string; args: string }[] {
  const { name, arguments: args } = objectOf(valueAt(call, 'function'));
  if (typeof name !== 'string') return [];
  return [{ name, args: typeof args === 'string' ? args : args == null ? '' : JSON.stringify(args) }];
}

function checkChoices(choices: readonly SaidChoice[], rules: AnswerRules): AnswerValidation | null {
  const tally = new Tally();
  for (const { text, calls } of choices) {
    for (const call of rules.tools === null ? [] : calls) checkCall(call, rules, tally);
    // Calls of tools take the place of the text that was asked for; and a refusal is no text.
    if (rules.structured === null || text === null || calls.length > 0) continue;
    tally.count('structured', null, faultIn(text, rules.structured.schema, false));
  }
  return tally.validation;
}

function checkCall({ name, args }: SaidChoice['calls'][number], rules: AnswerRules, tally: Tally): void {
  const schema = rules.tools?.get(name);
  if (schema !== undefined) tally.count('tool_call', name, faultIn(args === '' ? '{}' : args, schema, true));
  else if (!rules.hasOtherTools)
    tally.count('tool_call', name, { path: '', problem: 'no tool of that name was offered' });
}

function faultIn(text: string, schema: JsonObject | null, isCall: boolean): SchemaFault | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { path: '', problem: 'is not valid JSON' };
  }
  if ((isCall || schema === null) && !isObject(value)) return { path: '', problem: 'must be object' };
  const check: SchemaCheck | null = schema === null ? null : checkOf(schema);
  return check?.(value) ?? null;
}

class Tally {
  readonly #tool_call = { valid: 0, invalid: 0 };
  readonly #structured = { valid: 0, invalid: 0 };
  readonly #failed: AnswerValidation['failed'] = [];

  count(what: 'tool_call' | 'structured', name: string | null, fault: SchemaFault | null): void {
    const counts = what === 'tool_call' ? this.#tool_call : this.#structured;
    if (fault === null) counts.valid++;
    else {
      counts.invalid++;
      if (this.#failed.length < MOST_FAILURES) this.#failed.push({ what, name, ...fault });
    }
  }

  get validation(): AnswerValidation | null {
    const counted = [this.#tool_call, this.#structured].some(({ valid, invalid }) => valid + invalid > 0);
    if (!counted) return null;
    return { tool_calls: this.#tool_call, structured: this.#structured, failed: this.#failed };
  }
}

/** Puts a streamed answer together, for its check at the end. */
export class StreamCheck {
  readonly #choices = new Map<unknown, { text: string; calls: Map<unknown, { name: string; args: string }> }>();
  #bytes = 0;

  constructor(private readonly rules: AnswerRules) {}

  /** Takes a chunk as it is shown. */
  hear(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    if (this.#bytes > MOST_BYTES) return;
    for (const choice of itemsOf(valueAt(tryParseJson(chunk), 'choices'))) {
      const { content, tool_calls } = objectOf(valueAt(choice, 'delta'));
      const index = valueAt(choice, 'index') ?? 0;
      let held = this.#choices.get(index);
      if (held === undefined) this.#choices.set(index, (held = { text: '', calls: new Map() }));
      held.text += textIn(content) ?? '';
      let place = 0;
      for (const call of itemsOf(tool_calls)) {
        const at = countOf(valueAt(call, 'index')) ?? place;
        place++;
        const { name, arguments: args } = objectOf(valueAt(call, 'function'));
        const known = held.calls.get(at) ?? { name: '', args: '' };
        const piece = typeof args === 'string' ? args : args == null ? '' : JSON.stringify(args);
        held.calls.set(at, { name: known.name || (textOf(name) ?? ''), args: known.args + piece });
      }
    }
  }

  /** What came of it; null where there was nothing to check, or more than is kept. */
  check(): AnswerValidation | null {
    if (this.#bytes > MOST_BYTES) return null;
    const choices = [...this.#choices.values()].map(({ text, calls }) => ({
      text: textOf(text),
      calls: [...calls.values()],
    }));
    return checkChoices(choices, this.rules);
  }
}

/** What a correction needs to know, in a sentence; null where everything is valid. */
export function problemIn(validation: AnswerValidation | null): string | null {
  const [first] = validation?.failed ?? [];
  if (first === undefined) return null;
  const where = first.path === '' ? '' : ` at ${first.path}`;
  return first.what === 'structured'
    ? `the answer${where} ${first.problem}`
    : `the arguments of the tool call "${first.name}"${where}: ${first.problem}`;
}
