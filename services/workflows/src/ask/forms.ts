// The answers that the room must read itself: their JSON schemas, and what they mean. Pure.
import { SkeinError } from '@skein/contracts/errors';
import { z } from 'zod';
import { inOrder } from '../definition/graph.js';
import type { PlannedTask, StepValue } from '../engine/step.js';

const object = (properties: Record<string, unknown>): Record<string, unknown> => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const text = { type: 'string' };

export const verdictForm = { name: 'verdict', schema: object({ pass: { type: 'boolean' }, critique: text }) };
export const scoreForm = {
  name: 'score',
  schema: object({ score: { type: 'number', minimum: 0, maximum: 10 }, critique: text }),
};
export const choiceForm = (candidates: number) => ({
  name: 'choice',
  schema: object({ best: { type: 'integer', minimum: 1, maximum: candidates }, reason: text }),
});
export const planForm = (most: number) => ({
  name: 'plan',
  schema: object({
    tasks: {
      type: 'array',
      minItems: 1,
      maxItems: most,
      items: object({ id: text, prompt: text, needs: { type: 'array', items: text } }),
    },
  }),
});
export const turnForm = (agents: readonly string[]) => ({
  name: 'turn',
  schema: object({
    message: text,
    next: { type: 'string', enum: [...agents, 'done'] },
    shared: { type: 'array', items: object({ key: text, value: text }) },
  }),
});
export const flagForm = { name: 'moderation', schema: object({ flagged: { type: 'boolean' }, reason: text }) };
export const rankingForm = (passages: number) => ({
  name: 'ranking',
  schema: object({ order: { type: 'array', items: { type: 'integer', minimum: 1, maximum: passages } } }),
});

const verdict = z.object({ pass: z.boolean(), critique: z.string().default('') });
const scored = z.object({ score: z.number().min(0).max(10), critique: z.string().default('') });
const choice = z.object({ best: z.int().min(1), reason: z.string().default('') });
const turn = z.object({
  message: z.string(),
  next: z.string(),
  shared: z.array(z.object({ key: z.string(), value: z.string() })).default([]),
});
const plan = z.object({
  tasks: z
    .array(z.object({ id: z.string().min(1), prompt: z.string().min(1), needs: z.array(z.string()).default([]) }))
    .min(1),
});
const flag = z.object({ flagged: z.boolean(), reason: z.string().default('') });
const ranking = z.object({ order: z.array(z.int()) });

/** JSON out of an answer, also where a model has put it in a fence. Throws `answer_invalid`, which is worth another try. */
export function readJson<Value>(answer: string, schema: z.ZodType<Value>, what: string): Value {
  const fenced = /```(?:json)?\s*([\s\S]*?)```/.exec(answer)?.[1];
  const inner = fenced ?? /\{[\s\S]*\}/.exec(answer)?.[0] ?? answer;
  let written: unknown;
  try {
    written = JSON.parse(inner);
  } catch {
    throw new SkeinError('answer_invalid', `The answer is no ${what}: it is not JSON`);
  }
  const parsed = schema.safeParse(written);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new SkeinError(
    'answer_invalid',
    `The answer is no ${what}: ${issue?.path.map(String).join('.')} ${issue?.message}`,
  );
}

/** A verdict as JSON, or a first line that says PASS or FAIL. */
export function readVerdict(answer: string): { pass: boolean; critique: string } {
  const [, word, rest = ''] = /^[\s*_#]*(pass|fail)(?:ed)?\b[\s*_:.,-]*([\s\S]*)$/i.exec(answer) ?? [];
  if (word !== undefined) return { pass: word.toLowerCase() === 'pass', critique: rest.trim() };
  return readJson(answer, verdict, 'verdict');
}

export const readScore = (answer: string): z.infer<typeof scored> => readJson(answer, scored, 'score');
export const readFlag = (answer: string): z.infer<typeof flag> => readJson(answer, flag, 'moderation');

/** The judge's choice, from 0. */
export function readChoice(answer: string, candidates: number): { best: number; reason: string } {
  const { best, reason } = readJson(answer, choice, 'choice');
  if (best > candidates) throw new SkeinError('answer_invalid', `The judge chose ${best} of ${candidates}`);
  return { best: best - 1, reason };
}

/** Places of passages, best first, each once; what the model left out keeps its order at the end. */
export function readRanking(answer: string, passages: number): number[] {
  const { order } = readJson(answer, ranking, 'ranking');
  const named = [...new Set(order.map((place) => place - 1))].filter((place) => place >= 0 && place < passages);
  return [
    ...named,
    ...Array.from({ length: passages }, (_each, place) => place).filter((place) => !named.includes(place)),
  ];
}

/** A plan that holds together: names once, needs that are there, nothing waiting for itself. Throws `answer_invalid`. */
export function readPlan(answer: string, most: number): PlannedTask[] {
  const { tasks } = readJson(answer, plan, 'plan');
  const ids = tasks.map(({ id }) => id);
  const wrong = (message: string): SkeinError =>
    new SkeinError('answer_invalid', `The plan cannot be carried out: ${message}`);
  if (tasks.length > most) throw wrong(`it has ${tasks.length} tasks, ${most} are the most`);
  const twice = ids.find((id, index) => ids.indexOf(id) < index);
  if (twice !== undefined) throw wrong(`task "${twice}" is there twice`);
  for (const { id, needs } of tasks) {
    const missing = needs.find((need) => !ids.includes(need));
    if (missing !== undefined) throw wrong(`task "${id}" needs "${missing}", which is not there`);
  }
  const sorted = inOrder(tasks.map(({ id, needs }) => ({ name: id, needs })));
  if ('cycle' in sorted) throw wrong(`tasks wait for each other: ${sorted.cycle.join(' → ')}`);
  return sorted.order
    .flatMap(({ name }) => tasks.filter(({ id }) => id === name))
    .map((task) => ({ ...task, model: null }));
}

/** One agent's turn on top of what they share. Throws `answer_invalid` when it hands to nobody. */
export function readTurn(
  answer: string,
  agents: readonly string[],
  shared: Readonly<Record<string, string>>,
): StepValue {
  const read = readJson(answer, turn, 'turn');
  if (read.next !== 'done' && !agents.includes(read.next)) {
    throw new SkeinError('answer_invalid', `The turn was handed to "${read.next}", who does not take part`);
  }
  const added = Object.fromEntries(read.shared.map(({ key, value }) => [key, value]));
  return { output: read.message, next: read.next === 'done' ? null : read.next, shared: { ...shared, ...added } };
}
