// A run on paper: definitions in YAML, records as they would be, and what `nextSteps` makes of them.
import type { ErrorCode } from '@skein/contracts/errors';
import type { WorkflowDefinition } from '@skein/contracts/workflows';
import { compile } from '../src/definition/compile.js';
import { readSource } from '../src/definition/read-source.js';
import type { Inputs } from '../src/definition/inputs.js';
import { nextSteps, type Next, type Situation } from '../src/engine/next-steps.js';
import type { StepKey, StepRecord, StepValue } from '../src/engine/step.js';

export function definitionOf(yaml: string): WorkflowDefinition {
  const { definition, problems } = readSource(yaml);
  if (definition === null) throw new Error(problems.map(({ message }) => message).join('; '));
  return definition;
}

/** Plays a run: each `go` begins what is due, and steps end by the words given. */
export class PaperRun {
  records: StepRecord[] = [];
  now = 1_000;
  deadlineAt: number | null = null;
  budgetNano: number | null = null;
  isCancelled = false;

  constructor(
    readonly definition: WorkflowDefinition,
    readonly inputs: Inputs = { input: 'the input' },
  ) {}

  get situation(): Situation {
    const { pipeline, problems } = compile(this.definition);
    if (pipeline === null) throw new Error(problems.map(({ message }) => message).join('; '));
    const { definition, inputs, records, now, deadlineAt, budgetNano, isCancelled } = this;
    return {
      pipeline,
      definition,
      inputs,
      records,
      now,
      deadlineAt,
      budgetNano,
      isCancelled,
      runId: 'run_1',
      workflow: 'w',
    };
  }

  get next(): Next {
    return nextSteps(this.situation);
  }

  /** Begins everything that is due, and says what that was. */
  begin(): string[] {
    const { start, stop } = this.next;
    for (const key of stop) this.#end(key, 'cancelled', null, null, 0);
    for (const { stage, part, round, try: tries } of start) {
      this.records.push({
        stage,
        part,
        round,
        try: tries,
        status: 'running',
        value: null,
        error: null,
        costNano: null,
        startedAt: this.now,
        endedAt: null,
      });
    }
    return start.map(({ stage, part }) => `${stage}${part}`);
  }

  succeed(name: string, value: Partial<StepValue> = {}, costNano = 10): this {
    this.#end(this.#running(name), 'succeeded', { output: `${name} done`, ...value }, null, costNano);
    return this;
  }

  fail(name: string, code: ErrorCode = 'vendor_failed', costNano = 0): this {
    const error = { code, message: `${code} it was`, source: 'vendor' as const };
    this.#end(this.#running(name), 'failed', null, error, costNano);
    return this;
  }

  lose(name: string): this {
    this.#end(this.#running(name), 'lost', null, null, 0);
    return this;
  }

  #running(name: string): StepKey {
    const found = this.records.find(({ stage, part, status }) => `${stage}${part}` === name && status === 'running');
    if (found === undefined) throw new Error(`${name} is not running`);
    return found;
  }

  #end(
    key: StepKey,
    status: StepRecord['status'],
    value: StepValue | null,
    error: StepRecord['error'],
    costNano: number,
  ) {
    this.now += 100;
    this.records = this.records.map((record) =>
      record.stage === key.stage && record.part === key.part && record.round === key.round && record.try === key.try
        ? { ...record, status, value, error, costNano, endedAt: this.now }
        : record,
    );
  }
}
