// The answers of models that check, grade, choose, plan and work in turns: told by the form of the schema they must fill.
import { drawBetween, pick, type Draw } from './hash.js';
import { isObject, listIn, numberIn, objectIn, type JsonObject } from './json.js';

/** Verdicts that fail before one passes, by the knob `reject`. */
export interface Strictness {
  readonly rejects: number;
}

const MOST_TASKS = 3;
const TURNS_OF_A_TALK = 3;

/** A sensible value for the schema of a coordinating model; undefined where it is none. */
export function coordinationValue(schema: JsonObject, prompt: string, draw: Draw, { rejects }: Strictness): unknown {
  const properties = objectIn(schema['properties']);
  const has = (...fields: string[]): boolean =>
    fields.every((field) => isObject(properties[field])) && Object.keys(properties).length === fields.length;
  if (has('pass', 'critique')) return verdict(prompt, rejects);
  if (has('score', 'critique'))
    return { score: rejects > 0 ? 2 : 7 + drawBetween(draw, 0, 2), critique: 'Solid work.' };
  if (has('best', 'reason')) {
    const most = numberIn(objectIn(properties['best'])['maximum']) ?? 1;
    return { best: 1 + (drawBetween(draw, 0, most - 1) % most), reason: 'It is the most complete.' };
  }
  if (has('flagged', 'reason'))
    return { flagged: rejects > 0, reason: rejects > 0 ? 'It may do harm.' : 'Nothing to object to.' };
  if (has('order')) return ranking(objectIn(properties['order']));
  if (has('tasks')) return plan(objectIn(properties['tasks']), draw);
  if (has('message', 'next', 'shared')) return turn(objectIn(properties['next']), prompt, draw);
  return undefined;
}

/** The number of the check stands in the prompt, so that the same question always has the same answer. */
function verdict(prompt: string, rejects: number): unknown {
  const check = Number(/\bcheck number (\d+)/i.exec(prompt)?.[1] ?? 1);
  if (check > rejects) return { pass: true, critique: '' };
  return { pass: false, critique: `Check ${check}: the reasoning is not complete.` };
}

function ranking(order: JsonObject): unknown {
  const passages = numberIn(objectIn(order['items'])['maximum']) ?? 1;
  return { order: Array.from({ length: passages }, (_each, index) => index + 1) };
}

/** Two tasks that can run side by side, and one that needs both. */
function plan(tasks: JsonObject, draw: Draw): unknown {
  const most = Math.min(MOST_TASKS, numberIn(tasks['maxItems']) ?? MOST_TASKS);
  const verbs = pick(draw, [
    ['gather', 'compare', 'conclude'],
    ['collect', 'weigh', 'report'],
  ]);
  const ids = verbs.slice(0, most);
  return {
    tasks: ids.map((id, index) => ({
      id,
      prompt: `Please ${id} what the task needs.`,
      needs: index === MOST_TASKS - 1 ? ids.slice(0, index) : [],
    })),
  };
}

/** Hands the work round, and calls it done after a few turns. */
function turn(next: JsonObject, prompt: string, draw: Draw): unknown {
  const [, at = '1', most = '1'] = /\bturn (\d+) of (\d+)/i.exec(prompt) ?? [];
  const names = listIn(next['enum']).filter((name): name is string => typeof name === 'string' && name !== 'done');
  const no = Number(at);
  const isDone = no >= Math.min(TURNS_OF_A_TALK, Number(most));
  const message = isDone
    ? 'The work is finished: all parts agree.'
    : pick(draw, ['Here is my part.', 'I have added a draft.']);
  return {
    message,
    next: isDone ? 'done' : (names[no % Math.max(1, names.length)] ?? 'done'),
    shared: [{ key: `turn_${no}`, value: message }],
  };
}
