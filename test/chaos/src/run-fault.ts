import { setTimeout as pause } from 'node:timers/promises';
import { chat } from '@skein/testkit';
import type { Account } from './books.js';
import type { Fault, Prepared } from './faults/fault.js';
import { Load } from './load.js';
import { untilWell, type Stage } from './stage.js';
import type { Tally } from './tally.js';

export interface Row {
  readonly name: string;
  readonly tally: Tally;
  readonly books: Account;
  /** What went wrong with the fault itself: it could not be made, or not be put right. */
  readonly trouble?: string;
}

export interface NotRun {
  readonly name: string;
  readonly notRun: string;
  /** It could have been, and making it failed. */
  readonly isFailure?: true;
}

const ORDINARY_LOAD = { plain: 8, streams: 8, jobsPerSecond: 5 };
const LASTS_MS = 4_000;
const AROUND_MS = 2_000;
const models = ['auto', 'openai/gpt-4o-mini', 'anthropic/claude-haiku-4-5', 'groq/llama-3.1-8b-instant'];

export const ordinary = (index: number): Readonly<Record<string, unknown>> =>
  chat(models[index % models.length] ?? 'auto', `Say the number ${index}.`);

/** Runs the load, lets the fault strike in its middle, puts it right, and waits until everything begun has its end. */
export async function runFault(stage: Stage, fault: Fault): Promise<Row | NotRun> {
  let prepared: Prepared;
  try {
    prepared = (await fault.prepare?.(stage)) ?? {};
  } catch (error) {
    return { name: fault.name, notRun: String(error), isFailure: true };
  }
  const { obstacle, doors = [stage.mesh.url] } = prepared;
  if (obstacle !== undefined) return { name: fault.name, notRun: obstacle };
  const load = new Load({
    doors,
    key: stage.mesh.key,
    ...ORDINARY_LOAD,
    ...fault.load,
    bodyOf: fault.bodyOf ?? ordinary,
  });
  let trouble: string | undefined;
  const course = async (): Promise<void> => {
    await pause(AROUND_MS);
    await fault.strike(stage);
    await pause(fault.lastsMs ?? LASTS_MS);
    await fault.heal(stage);
    await untilWell(stage.mesh);
    await pause(AROUND_MS);
  };
  await load.during(course()).catch((error: unknown) => (trouble = String(error)));
  const books = await stage.books.compare();
  if (fault.failsNothing === true && load.tally.answeredWhole < load.tally.asked) trouble ??= 'requests failed';
  return { name: fault.name, tally: load.tally, books, ...(trouble !== undefined && { trouble }) };
}
