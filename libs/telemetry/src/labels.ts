/** What may stand in a metric's labels: a bounded set, whatever customers write. */
import { tasks } from '@skein/contracts/gateway';

declare const labelled: unique symbol;
/** A model name that is safe as a label; made only by `modelLabel`. */
export type ModelLabel = string & { readonly [labelled]: 'model' };

const OTHER = 'other';
const UNKNOWN = 'unknown';
const knownTasks: ReadonlySet<string> = new Set(tasks);

/** A catalogue model's own name; `other` for names the catalogue lacks, which anyone may invent. */
export function modelLabel(model: string, isInCatalogue: boolean): ModelLabel {
  return (isInCatalogue ? model : OTHER) as ModelLabel;
}

/** A task of the classifier; `unknown` before there is one, `other` for anything else. */
export function taskLabel(task: string | null): string {
  if (task === null) return UNKNOWN;
  return knownTasks.has(task) ? task : OTHER;
}
