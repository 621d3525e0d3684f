// What each kind of stage asks, from its templates and what they see. Pure.
import type { Stage } from '../definition/stage.js';
import { referencesOf, asText, render } from '../templates.js';
import type { Scope } from '../engine/scope.js';
import type { PlannedTask } from '../engine/step.js';
import type { Ask, Attachment } from './ask.js';
import { choiceForm, flagForm, planForm, scoreForm, turnForm, verdictForm } from './forms.js';

/** A critique, and the answer that it was about. */
export interface SentBack {
  readonly critique: string;
  readonly lastAnswer: string;
}

const answerForm = (stage: Stage): Ask['form'] =>
  stage.spec.schema === undefined ? null : { name: 'answer', schema: stage.spec.schema };

/** llm, race, best_of: the prompt of the stage, or its input under a line that says what step this is. */
export function askWorker(stage: Stage, scope: Scope, model: string, sentBack: SentBack | null): Ask {
  const { spec, name } = stage;
  const standing = `You carry out one step of a pipeline, "${name.replaceAll('_', ' ')}". Do this step on the input and answer with its result alone.`;
  const system = spec.system === undefined ? (spec.prompt === undefined ? standing : null) : render(spec.system, scope);
  return {
    model,
    system,
    user: withCritique(stage, promptOf(stage, scope), sentBack),
    attachments: attachmentsOf(stage, scope),
    form: answerForm(stage),
  };
}

/** A prompt that speaks of nothing is about the input. */
function promptOf({ spec: { prompt } }: Stage, scope: Scope): string {
  if (prompt === undefined) return scope.input;
  const rendered = render(prompt, scope);
  return referencesOf(prompt).length > 0 || scope.input === '' ? rendered : `${rendered}\n\n${scope.input}`;
}

function withCritique({ spec }: Stage, text: string, sentBack: SentBack | null): string {
  const speaksOfIt = [spec.prompt, spec.system].some(
    (template) => template !== undefined && referencesOf(template).some(([root]) => root === 'critique'),
  );
  if (sentBack === null || speaksOfIt) return text;
  return `${text}\n\nYour last answer did not pass a check.\nWhat to mend:\n${sentBack.critique}\n\nYour last answer:\n${sentBack.lastAnswer}`;
}

export function askFusion(stage: Stage, scope: Scope, sentBack: SentBack | null): Ask {
  const ask = askWorker(stage, scope, stage.model, sentBack);
  if (stage.spec.prompt !== undefined || stage.spec.system !== undefined) return ask;
  return {
    ...ask,
    system:
      'Several specialists have worked on the same task. Combine their contributions into one answer; settle contradictions, leave nothing of weight out.',
  };
}

export function askVerifier(stage: Stage, scope: Scope, task: string, check: number): Ask {
  const { criteria, prompt, system } = stage.spec;
  const lines = [
    `Check number ${check}.`,
    ...(criteria === undefined ? [] : [`Criteria:\n${render(criteria, scope)}`]),
    ...(prompt === undefined ? [`Task:\n${task}`] : [render(prompt, scope)]),
    `Work:\n${scope.input}`,
  ];
  return {
    model: stage.model,
    system:
      system === undefined
        ? 'You check work strictly. Say whether it passes; if it does not, say exactly what is to be mended. Answer as JSON with "pass" and "critique".'
        : render(system, scope),
    user: lines.join('\n\n'),
    attachments: attachmentsOf(stage, scope),
    form: verdictForm,
  };
}

export function askScore(stage: Stage, scope: Scope, task: string): Ask {
  const { criteria } = stage.spec;
  return {
    model: stage.model,
    system: 'You grade work from 0 (useless) to 10 (flawless). Answer as JSON with "score" and "critique".',
    user: [
      ...(criteria === undefined ? [] : [`Criteria:\n${render(criteria, scope)}`]),
      `Task:\n${task}`,
      `Work:\n${scope.input}`,
    ].join('\n\n'),
    attachments: [],
    form: scoreForm,
  };
}

export function askJudge(stage: Stage, scope: Scope, candidates: readonly unknown[]): Ask {
  const { criteria, judge } = stage.spec;
  return {
    model: judge ?? stage.model,
    system:
      'You choose the best of several answers to one task. Answer as JSON with "best", the number of the answer, and "reason".',
    user: [
      ...(criteria === undefined ? [] : [`Criteria:\n${render(criteria, scope)}`]),
      `Task:\n${promptOf(stage, scope)}`,
      ...candidates.map((candidate, index) => `Answer ${index + 1}:\n${asText(candidate)}`),
    ].join('\n\n'),
    attachments: [],
    form: choiceForm(candidates.length),
  };
}

export const DEFAULT_TASKS = 8;

export function askPlanner(stage: Stage, scope: Scope, mended: string | null): Ask {
  const most = stage.spec.max_tasks ?? DEFAULT_TASKS;
  return {
    model: stage.model,
    system:
      stage.spec.system === undefined
        ? `You take a task apart into at most ${most} smaller ones, each with a prompt that can be carried out by itself. A task that needs the result of another names it in "needs". Answer as JSON.`
        : render(stage.spec.system, scope),
    user: mended === null ? promptOf(stage, scope) : `${promptOf(stage, scope)}\n\n${mended}`,
    attachments: attachmentsOf(stage, scope),
    form: planForm(most),
  };
}

export function askExecutor(
  stage: Stage,
  scope: Scope,
  task: PlannedTask,
  results: readonly { readonly id: string; readonly output: unknown }[],
): Ask {
  return {
    model: task.model ?? stage.spec.executor ?? stage.model,
    system: null,
    user: [
      `Carry out one task of a larger one. Answer with its result alone.`,
      `The larger task:\n${scope.input}`,
      ...results.map(({ id, output }) => `Result of "${id}":\n${asText(output)}`),
      `Your task:\n${task.prompt}`,
    ].join('\n\n'),
    attachments: [],
    form: null,
  };
}

export interface Turn {
  readonly agent: string;
  readonly no: number;
  readonly most: number;
  readonly shared: Readonly<Record<string, string>>;
  readonly said: readonly { readonly agent: string; readonly message: string }[];
}

export function askAgent(stage: Stage, scope: Scope, turn: Turn): Ask {
  const agents = stage.spec.agents ?? [];
  const agent = agents.find(({ name }) => name === turn.agent);
  const others = agents.filter(({ name }) => name !== turn.agent);
  return {
    model: agent?.model ?? stage.model,
    system: [
      `You are "${turn.agent}". ${agent === undefined ? '' : render(agent.role, { ...scope, ...turn })}`,
      `You work together with ${others.map(({ name }) => `"${name}"`).join(', ')}. In your turn you add to the work, write what all should know into "shared", and hand on in "next"; "done" ends the work, and your message is then its result. Answer as JSON.`,
    ].join('\n'),
    user: [
      `Turn ${turn.no} of ${turn.most}.`,
      `Task:\n${promptOf(stage, scope)}`,
      ...(Object.keys(turn.shared).length === 0 ? [] : [`Shared:\n${asText(turn.shared)}`]),
      ...turn.said.map(({ agent: name, message }) => `${name} said:\n${message}`),
    ].join('\n\n'),
    attachments: [],
    form: turnForm(agents.map(({ name }) => name)),
  };
}

function attachmentsOf({ spec: { attach = [] } }: Stage, { inputs }: Scope): Attachment[] {
  return attach.flatMap((name): Attachment[] => {
    const url = inputs[name];
    if (typeof url !== 'string') return [];
    return [{ is: url.startsWith('data:audio/') ? 'audio' : 'image', url }];
  });
}

export function askModeration(model: string, text: string): Ask {
  return {
    model,
    system:
      'You moderate text. Flag what is hateful, sexual, violent, or helps with a crime. Answer as JSON with "flagged" and "reason".',
    user: text,
    attachments: [],
    form: flagForm,
  };
}
