/** Which fields each kind of stage takes and which it cannot do without, as one total table. */
import type { DefinitionProblem, StageKind, WorkflowStage } from '@skein/contracts/workflows';
import { problem } from './stage.js';

type Field = keyof WorkflowStage;

const everywhere: readonly Field[] = [
  'name',
  'stage',
  'kind',
  'needs',
  'when',
  'optional',
  'timeout',
  'retry',
  'input',
];
const asks: readonly Field[] = ['model', 'priority', 'cache', 'policy', 'temperature', 'max_tokens'];
const words: readonly Field[] = ['system', 'prompt', 'attach'];

interface KindFields {
  readonly takes: readonly Field[];
  readonly wants: readonly Field[];
}

export const kindFields: Readonly<Record<StageKind, KindFields>> = {
  llm: { takes: [...asks, ...words, 'schema'], wants: [] },
  map: { takes: [...asks, ...words, 'schema', 'over', 'width'], wants: ['over'] },
  race: { takes: [...asks, ...words, 'schema', 'models'], wants: ['models'] },
  best_of: { takes: [...asks, ...words, 'schema', 'models', 'n', 'judge', 'criteria'], wants: [] },
  plan: { takes: [...asks, ...words, 'executor', 'max_tasks', 'width'], wants: [] },
  agents: { takes: [...asks, 'prompt', 'agents', 'max_turns'], wants: ['agents'] },
  retrieve: {
    takes: [
      'documents',
      'query',
      'top_k',
      'chunk_tokens',
      'overlap_tokens',
      'budget_tokens',
      'embedding',
      'rerank',
      'cache',
      'priority',
    ],
    wants: ['documents'],
  },
  transform: { takes: ['steps'], wants: ['steps'] },
  validate: { takes: ['schema', 'rules', 'on_fail'], wants: [] },
  verify: { takes: [...asks, ...words, 'criteria', 'on_fail'], wants: [] },
  score: { takes: [...asks, 'criteria', 'judge', 'threshold', 'on_fail'], wants: [] },
  fuse: { takes: [...asks, ...words, 'schema'], wants: [] },
  guard: { takes: ['filters', 'action', 'on_fail', 'cache', 'priority'], wants: ['filters'] },
  http: { takes: ['url', 'method', 'body'], wants: ['url'] },
};

/** Fields that are missing, and fields that mean nothing on this kind. */
export function checkFields(stage: string, kind: StageKind, spec: WorkflowStage, at: string): DefinitionProblem[] {
  const { takes, wants } = kindFields[kind];
  const known = new Set<string>([...everywhere, ...takes]);
  const given = Object.entries(spec).flatMap(([field, value]) => (value === undefined ? [] : [field]));
  return [
    ...given
      .filter((field) => !known.has(field))
      .map((field) => problem(stage, `${at}.${field}`, `"${field}" means nothing on a stage of kind ${kind}`)),
    ...wants
      .filter((field) => spec[field] === undefined)
      .map((field) => problem(stage, `${at}.${field}`, `a stage of kind ${kind} needs "${field}"`)),
  ];
}
