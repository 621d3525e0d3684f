// Which strategy a task deserves: the decision table, row by row, first match first. Pure.
import type { StrategyChoice, WorkflowDefinition, WorkflowStrategy } from '@skein/contracts/workflows';

export type Complexity = StrategyChoice['complexity'];
export type Level = StrategyChoice['latency'];
export type Budget = StrategyChoice['budget'];

export interface StrategyNeeds {
  readonly complexity: Complexity;
  /** How much a quick answer matters. */
  readonly latency: Level;
  readonly budget: Budget;
  /** How many models the team can keep up with; null: no limit. */
  readonly capability: 'one' | 'two' | 'several' | null;
}

interface Row {
  readonly when: Partial<StrategyNeeds>;
  readonly choose: WorkflowStrategy;
  readonly because: string;
}

/** The table. `otherwise` is the row after the last. */
export const decisionTable: readonly Row[] = [
  {
    when: { capability: 'one' },
    choose: 'single_model',
    because: 'one model is all that can be kept up with',
  },
  {
    when: { complexity: 'simple', latency: 'low' },
    choose: 'single_model',
    because: 'the task is simple and nothing hurries',
  },
  {
    when: { complexity: 'medium', budget: 'balanced' },
    choose: 'two_model_coordinator',
    because: 'the task is of medium complexity and the budget is balanced: one plans, one executes',
  },
  {
    when: { complexity: 'high', capability: 'two' },
    choose: 'two_model_coordinator',
    because: 'the task is complex, and two models are all that can be kept up with',
  },
  {
    when: { complexity: 'high', latency: 'high' },
    choose: 'parallel_specialization',
    because: 'the task is complex and the answer is wanted soon: specialists work side by side',
  },
  {
    when: { complexity: 'high', budget: 'low' },
    choose: 'dynamic_router',
    because: 'the task is complex and the budget is low: it is taken apart, and each part goes to the model it needs',
  },
];

const otherwise = {
  choose: 'custom_strategy',
  because: 'no row of the table fits: the workflow’s own pipeline runs',
} as const;

export function chooseStrategy(needs: StrategyNeeds): { chosen: WorkflowStrategy; because: string } {
  const fits = ({ when }: Row): boolean =>
    Object.entries(when).every(([field, value]) => needs[field as keyof StrategyNeeds] === value);
  const { choose, because } = decisionTable.find(fits) ?? otherwise;
  return { chosen: choose, because };
}

const SIMPLE_BELOW = 0.35;
const HIGH_FROM = 0.65;

/** The classifier's score (0–1) as the table has it. */
export function complexityOf(score: number): Complexity {
  if (score < SIMPLE_BELOW) return 'simple';
  return score < HIGH_FROM ? 'medium' : 'high';
}

/** What a definition says of itself; complexity from the classifier where it says nothing. */
export function needsOf(definition: WorkflowDefinition, score: number): StrategyNeeds {
  const { complexity, latency, budget, capability } = definition.needs ?? {};
  return {
    complexity: complexity ?? complexityOf(score),
    latency: latency ?? 'low',
    budget: budget ?? 'balanced',
    capability: capability ?? null,
  };
}
