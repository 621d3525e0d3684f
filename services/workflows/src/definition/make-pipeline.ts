// The pipeline that each strategy makes out of a definition's models.
import type { WorkflowDefinition, WorkflowStrategy } from '@skein/contracts/workflows';

type PipelineSpec = NonNullable<WorkflowDefinition['pipeline']>;
type Maker = (definition: WorkflowDefinition) => PipelineSpec;

const PLAN = `Write a short numbered plan for the task below. Do not carry it out.

Task:
{{ input }}`;

const EXECUTE = `Carry out the plan and give the finished answer to the task.

Task:
{{ stages.planner.input }}

Plan:
{{ stages.planner.output }}`;

const defaultSpecialists = [
  { name: 'facts', role: 'State what is known and relevant to the task; mark what is uncertain.' },
  { name: 'reasoning', role: 'Work the task out step by step.' },
  { name: 'wording', role: 'Write the answer for its reader, clearly and briefly.' },
];

const makers: Readonly<Record<WorkflowStrategy, Maker>> = {
  single_model: ({ models }) => ({ stages: [{ name: 'answer', ...modelOf(models?.single), prompt: '{{ input }}' }] }),
  two_model_coordinator: ({ models }) => ({
    stages: [
      { name: 'planner', ...modelOf(models?.planner), prompt: PLAN },
      { name: 'executor', ...modelOf(models?.executor), prompt: EXECUTE },
    ],
  }),
  parallel_specialization: ({ models }) => ({
    parallel: [
      ...(models?.specialists ?? defaultSpecialists).map((specialist) => ({
        name: specialist.name,
        ...modelOf('model' in specialist ? specialist.model : undefined),
        ...(specialist.role !== undefined && { system: specialist.role }),
      })),
      { name: 'fusion', kind: 'fuse' as const, ...modelOf(models?.fusion) },
    ],
  }),
  dynamic_router: ({ models }) => ({
    stages: [
      { name: 'tasks', kind: 'plan', ...modelOf(models?.planner), executor: models?.executor ?? 'auto' },
      { name: 'answer', kind: 'fuse', ...modelOf(models?.fusion) },
    ],
  }),
  custom_strategy: ({ pipeline, models }) =>
    pipeline ?? {
      stages: [
        { name: 'reasoning', ...modelOf(models?.planner), prompt: PLAN },
        {
          name: 'execution',
          ...modelOf(models?.executor),
          prompt: EXECUTE.replaceAll('stages.planner', 'stages.reasoning'),
        },
        { name: 'verification', kind: 'verify', ...modelOf(models?.verifier) },
      ],
    },
};

export function pipelineOf(definition: WorkflowDefinition, strategy: WorkflowStrategy): PipelineSpec {
  return makers[strategy](definition);
}

function modelOf(model: string | undefined): { model: string } | Record<never, never> {
  return model === undefined ? {} : { model };
}
