// What a step does, for each kind of stage, as a total table: it asks a model, or works by itself.
import { SkeinError } from '@skein/contracts/errors';
import type { StageKind } from '@skein/contracts/workflows';
import type { Ask } from '../ask/ask.js';
import {
  DEFAULT_TASKS,
  askAgent,
  askExecutor,
  askFusion,
  askJudge,
  askModeration,
  askPlanner,
  askScore,
  askVerifier,
  askWorker,
  type SentBack,
} from '../ask/compose.js';
import { readChoice, readFlag, readPlan, readScore, readTurn, readVerdict } from '../ask/forms.js';
import { ownInput } from '../definition/inputs.js';
import type { Stage } from '../definition/stage.js';
import { DEFAULT_TURNS, agentOf, candidatesOf, itemsOf, tasksOf } from '../engine/machines.js';
import type { Situation } from '../engine/next-steps.js';
import type { Scope } from '../engine/scope.js';
import type { StepKey, StepRecord, StepValue } from '../engine/step.js';
import { checksBefore, critiqueFor } from '../engine/views.js';
import { guardText, validateText } from '../work/checks.js';
import { transform } from '../work/normalise.js';

export interface StepWork {
  readonly key: StepKey;
  readonly stage: Stage;
  readonly scope: Scope;
  readonly situation: Situation;
  /** Asks a model and gives the answer's text. */
  ask(ask: Ask): Promise<string>;
  /** Is there too much to do for checks by a model? */
  isShed(): boolean;
  /** One vector a text. */
  embed(model: string, texts: readonly string[]): Promise<number[][]>;
  retrieve(work: StepWork): Promise<StepValue>;
  callHttp(work: StepWork): Promise<StepValue>;
}

type Worker = (work: StepWork) => Promise<StepValue> | StepValue;

const workers: Readonly<Record<StageKind, Worker>> = {
  llm: async (work) => ({
    output: await work.ask(askWorker(work.stage, work.scope, work.stage.model, sentBack(work))),
  }),
  map: async (work) => {
    const index = Number(work.key.part.slice(1, -1));
    const item = itemsOf(work.stage, work.scope)[index];
    const input =
      work.stage.spec.prompt === undefined && work.stage.spec.input === undefined ? textOf(item) : work.scope.input;
    const scope = { ...work.scope, input, item, index };
    return { output: await work.ask(askWorker(work.stage, scope, work.stage.model, null)) };
  },
  race: async (work) => ({
    output: await work.ask(askWorker(work.stage, work.scope, candidateOf(work), sentBack(work))),
  }),
  best_of: (work) => (work.key.part === '@judge' ? judge(work) : candidate(work)),
  plan: (work) => (work.key.part === '' ? plan(work) : execute(work)),
  agents: takeTurn,
  retrieve: (work) => work.retrieve(work),
  transform: ({ stage, scope }) => ({ output: transform(scope.input, stage.spec.steps ?? []) }),
  validate: ({ stage, scope }) => validateText(scope.input, stage.spec),
  verify: async (work) => {
    if (work.isShed()) return unverified(work);
    const check = checksBefore(work.stage.name, work.situation.records) + 1;
    const verdict = readVerdict(await work.ask(askVerifier(work.stage, work.scope, taskOf(work), check)));
    return { output: work.scope.input, ...verdict };
  },
  score: async (work) => {
    const { score, critique } = readScore(await work.ask(askScore(work.stage, work.scope, taskOf(work))));
    const { threshold } = work.stage.spec;
    return { output: work.scope.input, score, critique, pass: threshold === undefined || score >= threshold };
  },
  fuse: async (work) => ({ output: await work.ask(askFusion(work.stage, work.scope, sentBack(work))) }),
  guard,
  http: (work) => work.callHttp(work),
};

/** Does one step. Throws what the model's call threw, or `SkeinError` for an answer that cannot be used. */
export async function doStep(work: StepWork): Promise<StepValue> {
  return workers[work.stage.kind](work);
}

/** Too much to do: the work goes on unchecked, and says so. What guards hold back is never let through. */
function unverified({ stage, scope }: StepWork): StepValue {
  const notice = `stage "${stage.name}": the mesh is degraded; this went on without verification`;
  return { output: scope.input, pass: true, notice };
}

/** What the run as a whole is about. */
function taskOf({ situation }: StepWork): string {
  return ownInput(situation.inputs, situation.definition);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function sentBack({ stage, key, situation: { pipeline, records } }: StepWork): SentBack | null {
  const critique = critiqueFor(pipeline, stage.name, records);
  if (critique === null) return null;
  const last = records.findLast(
    (record) => record.stage === stage.name && record.status === 'succeeded' && record.round < key.round,
  );
  return { critique: critique.critique, lastAnswer: textOf(last?.value?.output ?? '') };
}

function candidateOf({ stage, key }: StepWork): string {
  return stage.spec.models?.[Number(key.part.slice(1))] ?? stage.model;
}

async function candidate(work: StepWork): Promise<StepValue> {
  return { output: await work.ask(askWorker(work.stage, work.scope, candidateOf(work), sentBack(work))) };
}

async function judge(work: StepWork): Promise<StepValue> {
  const candidates = Array.from({ length: candidatesOf(work.stage) }, (_each, index) =>
    finished(work, `@${index}`),
  ).flatMap((record) => (record?.value == null ? [] : [record.value.output]));
  const { best, reason } = readChoice(await work.ask(askJudge(work.stage, work.scope, candidates)), candidates.length);
  return { output: candidates[best], best, critique: reason };
}

/** A plan that cannot be carried out is asked for again, with what was wrong with it. */
async function plan(work: StepWork): Promise<StepValue> {
  const failed = work.situation.records.findLast(
    (record) => record.stage === work.stage.name && record.part === '' && record.status === 'failed',
  );
  const mended =
    failed?.error?.code === 'answer_invalid' ? `Your last plan was refused. ${failed.error.message}` : null;
  const answer = await work.ask(askPlanner(work.stage, work.scope, mended));
  const tasks = readPlan(answer, work.stage.spec.max_tasks ?? DEFAULT_TASKS);
  return { output: tasks.map(({ id, prompt }) => `${id}: ${prompt}`), tasks };
}

async function execute(work: StepWork): Promise<StepValue> {
  const { stage, key, situation } = work;
  const task = tasksOf(stage.name, key.round, situation.records).find(({ id }) => `/${id}` === key.part);
  if (task === undefined) throw new SkeinError('internal', `the plan has no task ${key.part}`);
  const results = task.needs.map((id) => ({ id, output: finished(work, `/${id}`)?.value?.output ?? '' }));
  return { output: await work.ask(askExecutor(stage, work.scope, task, results)) };
}

async function takeTurn(work: StepWork): Promise<StepValue> {
  const { stage, key, situation } = work;
  const no = Number(key.part.slice(1));
  const before = Array.from({ length: no - 1 }, (_each, index) => ({ index, record: finished(work, `~${index + 1}`) }));
  const said = before.map(({ index, record }) => ({
    agent: agentOf(stage, index + 1, key.round, situation.records),
    message: textOf(record?.value?.output ?? ''),
  }));
  const shared = before.at(-1)?.record?.value?.shared ?? {};
  const agent = agentOf(stage, no, key.round, situation.records);
  const turn = { agent, no, most: stage.spec.max_turns ?? DEFAULT_TURNS, shared, said };
  const names = (stage.spec.agents ?? []).map(({ name }) => name);
  return readTurn(await work.ask(askAgent(stage, work.scope, turn)), names, shared);
}

/** Filters first; a model is asked only about what they let through. */
async function guard(work: StepWork): Promise<StepValue> {
  const { stage, scope } = work;
  const filtered = guardText(scope.input, stage.spec);
  const model = stage.spec.filters?.moderation;
  if (model === undefined || filtered.pass === false) return filtered;
  const answer = await work.ask(askModeration(model, scope.input));
  const { flagged, reason } = readFlag(answer);
  if (!flagged) return filtered;
  const critique = `the moderation model flagged it: ${reason}`;
  if (stage.spec.action === 'flag') return { ...filtered, notice: `stage "${stage.name}": ${critique}` };
  return { ...filtered, pass: false, critique };
}

function finished({ key, situation }: StepWork, part: string): StepRecord | undefined {
  return situation.records.find(
    (record) =>
      record.stage === key.stage && record.round === key.round && record.part === part && record.status === 'succeeded',
  );
}
