// What a run would take, stage by stage. Pure but for `price`, which asks for live figures of one call.
import type { RunPlan, StageKind } from '@skein/contracts/workflows';
import type { Ask } from '../ask/ask.js';
import {
  askAgent,
  askFusion,
  askJudge,
  askModeration,
  askPlanner,
  askScore,
  askVerifier,
  askWorker,
} from '../ask/compose.js';
import { ownInput } from '../definition/inputs.js';
import { paidKinds, type Pipeline, type Stage } from '../definition/stage.js';
import { DEFAULT_TURNS, candidatesOf, itemsOf } from '../engine/machines.js';
import { inputOf, scopeOf, type RunFacts, type Scope, type StageResult } from '../engine/scope.js';
import { render } from '../templates.js';

/** What one call is expected to take, nano-USD and ms; null where nobody can tell. */
export interface CallFigures {
  readonly model: string | null;
  readonly outputTokens: number;
  readonly costNano: number | null;
  readonly latencyMs: number | null;
  readonly problem: string | null;
}
export type Price = (ask: Ask, stage: Stage) => Promise<CallFigures>;

interface StageEstimate {
  readonly calls: number;
  readonly costNano: number | null;
  readonly latencyMs: number | null;
  readonly outputTokens: number;
  readonly model: string | null;
  readonly note: string | null;
}

const DEFAULT_WIDTH = 8;
/** A list or a plan that is not known before the run is taken to have so many pieces. */
const GUESSED_PIECES = 3;
const free: StageEstimate = { calls: 0, costNano: 0, latencyMs: 0, outputTokens: 0, model: null, note: null };

/** Figures of every stage and of the whole. Templates see text as long as what is expected of the stages before. */
export async function estimate(
  pipeline: Pipeline,
  run: RunFacts,
  price: Price,
): Promise<Pick<RunPlan, 'expected' | 'critical_path' | 'stages'>> {
  const results = new Map<string, StageResult>();
  const stages: (RunPlan['stages'][number] & { readonly outputTokens: number })[] = [];
  for (const stage of pipeline.stages) {
    const before = inputOf(stage, results, run);
    const figures = await estimateStage(stage, results, run, before, price);
    const isText = paidKinds[stage.kind] && stage.kind !== 'verify' && stage.kind !== 'score';
    results.set(stage.name, {
      status: 'succeeded',
      input: before,
      value: { output: isText ? filler(figures.outputTokens) : before, pass: true, critique: '', score: 10 },
    });
    stages.push({
      name: stage.name,
      kind: stage.kind,
      needs: [...stage.needs],
      model: figures.model,
      calls: figures.calls,
      cost_nano_usd: figures.costNano,
      latency_ms: figures.latencyMs,
      note: noteOf(stage, figures),
      outputTokens: figures.outputTokens,
    });
  }
  const shown = stages.map(({ outputTokens: _tokens, ...stage }) => stage);
  const path = criticalPath(shown);
  return {
    stages: shown,
    critical_path: path.names,
    expected: {
      calls: shown.reduce((sum, { calls }) => sum + calls, 0),
      cost_nano_usd: sum(shown.map(({ cost_nano_usd: cost }) => cost)),
      latency_ms: path.latencyMs,
    },
  };
}

async function estimateStage(
  stage: Stage,
  results: ReadonlyMap<string, StageResult>,
  run: RunFacts,
  before: string,
  price: Price,
): Promise<StageEstimate> {
  try {
    let scope = scopeOf(results, run, before, null);
    if (stage.spec.input !== undefined) scope = scopeOf(results, run, render(stage.spec.input, scope), null);
    return await estimates[stage.kind](stage, scope, price, ownInput(run.inputs, run.definition));
  } catch {
    // A template that reads into what only the run will bring (a field of an answer, an item of a list).
    return { ...free, costNano: null, latencyMs: null, note: 'depends on what the stages before answer' };
  }
}

type Estimate = (stage: Stage, scope: Scope, price: Price, task: string) => Promise<StageEstimate> | StageEstimate;

const one =
  (compose: (stage: Stage, scope: Scope, task: string) => Ask): Estimate =>
  async (stage, scope, price, task) =>
    times(await price(compose(stage, scope, task), stage), 1, 1);

const estimates: Readonly<Record<StageKind, Estimate>> = {
  llm: one((stage, scope) => askWorker(stage, scope, stage.model, null)),
  fuse: one((stage, scope) => askFusion(stage, scope, null)),
  verify: one((stage, scope, task) => askVerifier(stage, scope, task, 1)),
  score: one((stage, scope, task) => askScore(stage, scope, task)),
  map: async (stage, scope, price) => {
    const known = itemsKnown(stage, scope);
    const items = known ?? Array.from({ length: GUESSED_PIECES }, () => scope.input);
    const [first = ''] = items;
    const input = typeof first === 'string' ? first : JSON.stringify(first);
    const call = await price(
      askWorker(stage, { ...scope, input, item: first, index: 0 } as Scope, stage.model, null),
      stage,
    );
    const figures = times(call, items.length, Math.ceil(items.length / (stage.spec.width ?? DEFAULT_WIDTH)));
    return known === null ? { ...figures, note: `taken to have ${GUESSED_PIECES} items` } : figures;
  },
  race: async (stage, scope, price) => {
    const calls = await Promise.all(
      (stage.spec.models ?? []).map((model) => price(askWorker(stage, scope, model, null), stage)),
    );
    const latencies = calls.flatMap(({ latencyMs }) => (latencyMs === null ? [] : [latencyMs]));
    return {
      ...together(calls),
      latencyMs: latencies.length === 0 ? null : Math.min(...latencies),
      note: 'at most: those that lose are stopped',
    };
  },
  best_of: async (stage, scope, price) => {
    const models = stage.spec.models ?? Array.from({ length: candidatesOf(stage) }, () => stage.model);
    const calls = await Promise.all(models.map((model) => price(askWorker(stage, scope, model, null), stage)));
    const candidates = calls.map(({ outputTokens }) => filler(outputTokens));
    const judged = await price(askJudge(stage, scope, candidates), stage);
    const all = together(calls);
    return {
      ...all,
      calls: all.calls + 1,
      costNano: sum([all.costNano, judged.costNano]),
      latencyMs: sum([all.latencyMs, judged.latencyMs]),
    };
  },
  plan: async (stage, scope, price) => {
    const planned = await price(askPlanner(stage, scope, null), stage);
    const call = await price(askWorker(stage, scope, stage.spec.executor ?? stage.model, null), stage);
    const tasks = times(call, GUESSED_PIECES, 1);
    return {
      ...tasks,
      calls: tasks.calls + 1,
      costNano: sum([planned.costNano, tasks.costNano]),
      latencyMs: sum([planned.latencyMs, tasks.latencyMs]),
      model: planned.model,
      note: `taken to make ${GUESSED_PIECES} tasks`,
    };
  },
  agents: async (stage, scope, price) => {
    const turns = stage.spec.max_turns ?? DEFAULT_TURNS;
    const agent = stage.spec.agents?.[0]?.name ?? '';
    const call = await price(askAgent(stage, scope, { agent, no: 1, most: turns, shared: {}, said: [] }), stage);
    return { ...times(call, turns, turns), note: `at most: ${turns} turns` };
  },
  retrieve: () => free,
  transform: () => free,
  validate: () => free,
  guard: async (stage, scope, price) => {
    const model = stage.spec.filters?.moderation;
    return model === undefined ? free : times(await price(askModeration(model, scope.input), stage), 1, 1);
  },
  http: () => free,
};

/** Null where the list is not known before the run. */
function itemsKnown(stage: Stage, scope: Scope): readonly unknown[] | null {
  try {
    return itemsOf(stage, scope);
  } catch {
    return null;
  }
}

function times(call: CallFigures, calls: number, inARow: number): StageEstimate {
  return {
    calls,
    costNano: call.costNano === null ? null : call.costNano * calls,
    latencyMs: call.latencyMs === null ? null : call.latencyMs * inARow,
    outputTokens: call.outputTokens * calls,
    model: call.model,
    note: call.problem,
  };
}

function together(calls: readonly CallFigures[]): StageEstimate {
  const latencies = calls.map(({ latencyMs }) => latencyMs);
  return {
    calls: calls.length,
    costNano: sum(calls.map(({ costNano }) => costNano)),
    latencyMs: latencies.some((latency) => latency === null)
      ? null
      : Math.max(0, ...latencies.map((latency) => latency ?? 0)),
    outputTokens: Math.max(0, ...calls.map(({ outputTokens }) => outputTokens)),
    model: calls.map(({ model }) => model ?? '?').join(', '),
    note: calls.find(({ problem }) => problem !== null)?.problem ?? null,
  };
}

function noteOf({ onFail }: Stage, { note }: StageEstimate): string | null {
  if (onFail === null || onFail.rerun === null || onFail.max === 0) return note;
  const reruns = `without re-runs of "${onFail.rerun}", of which there may be ${onFail.max}`;
  return note === null ? reruns : `${note}; ${reruns}`;
}

/** The longest way through the stages; null where one of them cannot be told. */
export function criticalPath(
  stages: readonly { name: string; needs: readonly string[]; latency_ms: number | null }[],
): {
  names: string[];
  latencyMs: number | null;
} {
  const paths = new Map<string, { names: string[]; latencyMs: number }>();
  for (const { name, needs, latency_ms: own } of stages) {
    const longest = needs
      .flatMap((need) => paths.get(need) ?? [])
      .reduce((a, b) => (b.latencyMs > a.latencyMs || a.names.length === 0 ? b : a), {
        names: [] as string[],
        latencyMs: 0,
      });
    paths.set(name, { names: [...longest.names, name], latencyMs: longest.latencyMs + (own ?? 0) });
  }
  const all = [...paths.values()];
  const [first = { names: [], latencyMs: 0 }, ...rest] = all;
  const path = rest.reduce((a, b) => (b.latencyMs >= a.latencyMs ? b : a), first);
  const isKnown = stages.every((stage) => stage.latency_ms !== null);
  return { names: path.names, latencyMs: isKnown ? path.latencyMs : null };
}

function sum(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>(
    (so_far, value) => (so_far === null || value === null ? null : so_far + value),
    0,
  );
}

/** Text of about so many tokens. */
function filler(tokens: number): string {
  return 'word '.repeat(Math.min(tokens, 4_000)).trim();
}
