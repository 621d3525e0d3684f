// What the templates of a stage see. Pure.
import type { WorkflowDefinition } from '@skein/contracts/workflows';
import { ownInput, type Inputs } from '../definition/inputs.js';
import type { Stage } from '../definition/stage.js';
import { asText } from '../templates.js';
import type { StepValue } from './step.js';

/** How a stage ended, for those after it. */
export interface StageResult {
  readonly status: 'succeeded' | 'skipped';
  readonly value: StepValue;
  /** What it was given: hands through stages that were passed over. */
  readonly input: string;
}

export interface RunFacts {
  readonly runId: string;
  readonly workflow: string;
  readonly definition: WorkflowDefinition;
  readonly inputs: Inputs;
}

/** The text that a stage works on where its template does not say otherwise. */
export function inputOf(stage: Stage, results: ReadonlyMap<string, StageResult>, run: RunFacts): string {
  const parts = stage.inputFrom.flatMap((name) => {
    const result = results.get(name);
    return result === undefined
      ? []
      : [{ name, text: result.status === 'skipped' ? result.input : asText(result.value.output) }];
  });
  const [first, second] = parts;
  if (first === undefined) return ownInput(run.inputs, run.definition);
  return second === undefined ? first.text : parts.map(({ name, text }) => `## ${name}\n${text}`).join('\n\n');
}

export interface Scope {
  readonly inputs: Inputs;
  readonly input: string;
  readonly critique: string;
  readonly run: { readonly id: string; readonly workflow: string };
  readonly stages: Readonly<Record<string, object>>;
}

export function scopeOf(
  results: ReadonlyMap<string, StageResult>,
  run: RunFacts,
  input: string,
  critique: string | null,
): Scope {
  return {
    inputs: run.inputs,
    input,
    critique: critique ?? '',
    run: { id: run.runId, workflow: run.workflow },
    stages: Object.fromEntries([...results].map(([name, result]) => [name, wordsOf(result)])),
  };
}

function wordsOf({ status, value, input }: StageResult): object {
  return {
    status,
    input,
    output: value.output ?? '',
    json: parsed(value.output),
    pass: value.pass ?? null,
    critique: value.critique ?? '',
    score: value.score ?? null,
  };
}

function parsed(output: unknown): unknown {
  if (typeof output !== 'string') return output ?? null;
  try {
    return JSON.parse(output) as unknown;
  } catch {
    return null;
  }
}
