// What the records of a run say of each stage. Pure folds; the records are the only state there is.
import { between } from '../definition/graph.js';
import { checkKinds, type Pipeline, type Stage } from '../definition/stage.js';
import type { StepRecord } from './step.js';

/** Failed checks of a stage that count: each sends the work back, up to its `max`. */
function rerunsBy(stage: Stage, records: readonly StepRecord[]): number {
  if (!checkKinds.has(stage.kind) || stage.onFail?.rerun == null) return 0;
  const failed = records.filter(({ stage: name, value }) => name === stage.name && value?.pass === false);
  return Math.min(failed.length, stage.onFail.max);
}

/** Which round each stage is in: raised by every failed check that has it run again. */
export function roundsOf({ stages }: Pipeline, records: readonly StepRecord[]): ReadonlyMap<string, number> {
  const rounds = new Map(stages.map(({ name }) => [name, 0]));
  for (const check of stages) {
    const reruns = rerunsBy(check, records);
    if (reruns === 0 || check.onFail?.rerun == null) continue;
    for (const name of between(stages, check.onFail.rerun, check.name)) {
      rounds.set(name, (rounds.get(name) ?? 0) + reruns);
    }
  }
  return rounds;
}

/** What the last failed check said to a stage that it sent back, and how often that happened. */
export function critiqueFor(
  { stages }: Pipeline,
  name: string,
  records: readonly StepRecord[],
): { readonly critique: string; readonly reruns: number } | null {
  const checks = stages.filter((stage) => stage.onFail?.rerun === name).map((stage) => stage.name);
  const failed = records.filter(({ stage, value }) => checks.includes(stage) && value?.pass === false);
  const last = failed.toSorted((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0)).at(-1);
  return last === undefined ? null : { critique: last.value?.critique ?? '', reruns: failed.length };
}

/** How often a check has looked at the work before, from 0. */
export function checksBefore(stage: string, records: readonly StepRecord[]): number {
  return records.filter((record) => record.stage === stage && record.value?.pass === false).length;
}

/** Known costs of every step, those that failed included. */
export function spentNano(records: readonly StepRecord[]): number {
  return records.reduce((sum, { costNano }) => sum + (costNano ?? 0), 0);
}
