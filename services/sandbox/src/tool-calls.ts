import type { Ask, ToolCall, ToolOffer } from './ask.js';
import { drawFrom, hashText, type Draw } from './hash.js';
import { isObject, objectIn, textIn } from './json.js';
import { valueForSchema, type ValueHints } from './schema-values.js';

const EMPTY_WORDS = new Set(
  'get set fetch find make tool function call the and for with from current this that what when where given return returns use used using user value values list data info'.split(
    ' ',
  ),
);
const PLACE = /(?:\b(?:in|for|at|to|from|of|near|and)\s+|,\s*)((?:[A-Z][\p{L}'-]+)(?:\s+[A-Z][\p{L}'-]+)*)/gu;
const PLACE_LIKE = /city|location|place|region|destination/i;

/** The tools the model calls for this ask: forced ones always, others when the prompt asks for what they do. */
export function toolCallsFor(ask: Ask): ToolCall[] {
  const tool = chosenTool(ask);
  if (tool === undefined) return [];
  const draw = drawFrom(hashText(`${ask.vendor}/${ask.model}/${tool.name}/${ask.prompt}`));
  const places = namesIn(ask.prompt);
  const placeField = Object.keys(objectIn(tool.schema['properties'])).find((field) => PLACE_LIKE.test(field));
  const isFannedOut = ask.isParallelToolUseAllowed && placeField !== undefined && places.length > 1;
  if (!isFannedOut) return [{ name: tool.name, args: argumentsFor(tool, ask, places, draw) }];
  return places.map((place) => ({ name: tool.name, args: argumentsFor(tool, ask, [place], draw) }));
}

function chosenTool(ask: Ask): ToolOffer | undefined {
  const { toolUse, tools } = ask;
  if (toolUse.rule === 'none') return undefined;
  if (toolUse.rule === 'named') return tools.find((tool) => tool.name === toolUse.name);
  const ranked = tools.map((tool) => ({ tool, score: fitness(tool, ask.prompt) })).sort((a, b) => b.score - a.score);
  const best = ranked[0];
  if (best === undefined) return undefined;
  if (toolUse.rule === 'any') return best.tool;
  // A model that has just been handed a tool's result answers with it instead of asking again.
  if (ask.toolResult !== undefined) return undefined;
  return best.score >= 2 ? best.tool : undefined;
}

function fitness(tool: ToolOffer, prompt: string): number {
  const words = new Set(wordsOf(prompt));
  if (prompt.includes(tool.name)) return 10;
  const named = wordsOf(tool.name).filter((word) => words.has(word)).length;
  const described = wordsOf(tool.description).filter((word) => words.has(word)).length;
  return named * 2 + described;
}

function wordsOf(text: string): string[] {
  const spaced = text.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return [...new Set(spaced.split(/[^\p{L}]+/u))]
    .map((word) => (word.length > 4 ? word.replace(/s$/, '') : word))
    .filter((word) => word.length >= 3 && !EMPTY_WORDS.has(word));
}

/** Proper names after a preposition or in a list, in order. */
export function namesIn(prompt: string): string[] {
  return [...new Set([...prompt.matchAll(PLACE)].map((match) => match[1] ?? '').filter((name) => name !== ''))];
}

/** Plain numbers of a text, in order. */
export function numbersIn(prompt: string): number[] {
  return (prompt.match(/-?\d+(?:\.\d+)?/g) ?? []).map(Number).filter(Number.isFinite);
}

function argumentsFor(tool: ToolOffer, ask: Ask, names: string[], draw: Draw): ToolCall['args'] {
  const quoted = /["“'`]([^"”'`]{1,200})["”'`]/.exec(ask.prompt)?.[1];
  const hints: ValueHints = {
    sentence: quoted ?? names[0] ?? ask.prompt.replace(/\s+/g, ' ').trim().slice(0, 80),
    numbers: numbersIn(ask.prompt),
    names: [...names],
    prompt: ask.prompt,
  };
  const schema = { ...tool.schema, type: textIn(tool.schema['type']) ?? 'object' };
  const args = valueForSchema(schema, draw, hints, true);
  return isObject(args) ? args : {};
}
