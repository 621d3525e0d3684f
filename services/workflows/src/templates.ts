// Templates are Liquid without files: strict about every variable and filter, bounded in time and memory, and readable by
// a machine, so that what a definition refers to is known before anything runs.
import { Liquid } from 'liquidjs';

const engine = new Liquid({
  strictVariables: true,
  strictFilters: true,
  ownPropertyOnly: true,
  // Nothing can be included: there are no files behind this map.
  templates: {},
  parseLimit: 1_000_000,
  renderLimit: 2_000,
  memoryLimit: 100_000_000,
  outputEscape: asText,
});

/** Any value as a model should read it: text as it is, lists a piece after the other, everything else as JSON. */
export function asText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) {
    return value.map((item, index) => `[${index + 1}] ${item}`).join('\n\n');
  }
  return typeof value === 'object' ? JSON.stringify(value, null, 2) : String(value as number | boolean | bigint);
}

/** Renders a template. Throws with the name of the variable that is missing. */
export function render(template: string, scope: object): string {
  return engine.parseAndRenderSync(template, scope) as string;
}

/** The value of an expression, written bare or in `{{ }}`. Throws with the name of the variable that is missing. */
export function evaluate(expression: string, scope: object): unknown {
  return engine.evalValueSync(bare(expression), scope) as unknown;
}

/** Is the condition true? Empty text and empty lists are not. */
export function isTrue(expression: string, scope: object): boolean {
  const value = evaluate(expression, scope);
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

/** The variables a template reads from outside, as paths. Throws what is wrong with its form. */
export function referencesOf(template: string): string[][] {
  const segments = engine.globalVariableSegmentsSync(engine.parse(template)) as unknown[][];
  return segments.map((path) => path.map(String));
}

/** The same for an expression. */
export function referencesOfExpression(expression: string): string[][] {
  return referencesOf(`{{ ${bare(expression)} }}`);
}

function bare(expression: string): string {
  const inner = /^\s*\{\{-?([\s\S]*?)-?\}\}\s*$/.exec(expression)?.[1];
  return (inner ?? expression).trim();
}
