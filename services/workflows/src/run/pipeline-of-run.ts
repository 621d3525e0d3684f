import { SkeinError } from '@skein/contracts/errors';
import type { WorkflowDefinition, WorkflowStrategy } from '@skein/contracts/workflows';
import { compile } from '../definition/compile.js';
import { refuseDefinition } from '../definition/read-source.js';
import type { Pipeline } from '../definition/stage.js';
import type { Run } from './run.js';

/** The strategy a definition names itself; null where it is to be chosen. */
export function ownStrategy({ strategy }: WorkflowDefinition): WorkflowStrategy | null {
  return strategy === 'auto' ? null : (strategy ?? 'custom_strategy');
}

/** The pipeline of a definition that was checked when it was taken. */
export function pipelineUnder(definition: WorkflowDefinition, strategy: WorkflowStrategy): Pipeline {
  const { pipeline, problems } = compile(definition, strategy);
  if (pipeline === null) throw refuseDefinition(problems);
  return pipeline;
}

/** The pipeline that a run carries out: the same at every look, so that a crash changes nothing. */
export function pipelineOfRun({ definition, strategy }: Pick<Run, 'definition' | 'strategy'>): Pipeline {
  const chosen = strategy?.chosen ?? ownStrategy(definition);
  if (chosen === null) throw new SkeinError('internal', 'the run has no strategy');
  return pipelineUnder(definition, chosen);
}
