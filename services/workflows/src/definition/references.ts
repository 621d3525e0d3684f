// What the templates of a stage refer to, and whether it is there. Static: nothing is rendered.
import type { DefinitionProblem, StageKind, WorkflowStage } from '@skein/contracts/workflows';
import { referencesOf, referencesOfExpression } from '../templates.js';
import { problem } from './stage.js';

const templateFields = ['system', 'prompt', 'input', 'criteria', 'query', 'url', 'body'] as const;
const expressionFields = ['when', 'over', 'documents'] as const;

/** What a template may ask of another stage. */
const stageWords = new Set(['output', 'input', 'json', 'pass', 'critique', 'score', 'status']);
const runWords = new Set(['id', 'workflow']);

const extraRoots: Readonly<Record<StageKind, readonly string[]>> = {
  llm: [],
  map: ['item', 'index'],
  race: [],
  best_of: [],
  plan: [],
  agents: ['agent', 'turn', 'shared'],
  retrieve: [],
  transform: [],
  validate: [],
  verify: [],
  score: [],
  fuse: [],
  guard: [],
  http: [],
};

export interface References {
  readonly stages: readonly string[];
  readonly inputs: readonly string[];
  readonly problems: readonly DefinitionProblem[];
}

interface Surroundings {
  readonly stageNames: ReadonlySet<string>;
  readonly inputNames: ReadonlySet<string>;
}

/** Every reference of a stage; unknown ones are problems that name the stage. */
export function readReferences(
  name: string,
  kind: StageKind,
  spec: WorkflowStage,
  at: string,
  { stageNames, inputNames }: Surroundings,
): References {
  const stages = new Set<string>();
  const inputs = new Set<string>();
  const problems: DefinitionProblem[] = [];
  const complain = (field: string, message: string): void =>
    void problems.push(problem(name, `${at}.${field}`, message));
  const follow = (field: string, path: readonly string[]): void => {
    const [root = '', second, third] = path;
    if (root === 'stages') {
      if (second === undefined)
        return complain(field, '"stages" wants the name of a stage, as in stages.summary.output');
      if (!stageNames.has(second)) return complain(field, `refers to the stage "${second}", which is not there`);
      if (third === undefined || !stageWords.has(third)) {
        return complain(field, `stages.${second} has ${[...stageWords].join(', ')}; not "${third ?? ''}"`);
      }
      if (second === name) return complain(field, 'refers to itself');
      stages.add(second);
    } else if (root === 'inputs') {
      if (second === undefined) return;
      if (!inputNames.has(second))
        return complain(field, `needs the input "${second}", which the workflow does not declare`);
      inputs.add(second);
    } else if (root === 'run') {
      if (second !== undefined && !runWords.has(second)) complain(field, `run has ${[...runWords].join(', ')}`);
    } else if (root !== 'input' && root !== 'critique' && !extraRoots[kind].includes(root)) {
      complain(field, `refers to "${root}", which is unknown here; there are inputs, stages, input, critique and run`);
    }
  };
  const read = (field: string, text: string, reader: (text: string) => string[][]): void => {
    try {
      for (const path of reader(text)) follow(field, path);
    } catch (error) {
      complain(field, `is no template: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  for (const field of templateFields) {
    const text = spec[field];
    if (text !== undefined) read(field, text, referencesOf);
  }
  for (const field of expressionFields) {
    const text = spec[field];
    if (text !== undefined) read(field, text, referencesOfExpression);
  }
  spec.agents?.forEach(({ role }, index) => read(`agents.${index}.role`, role, referencesOf));
  for (const input of spec.attach ?? []) {
    if (inputNames.has(input)) inputs.add(input);
    else complain('attach', `needs the input "${input}", which the workflow does not declare`);
  }
  return { stages: [...stages], inputs: [...inputs], problems };
}
