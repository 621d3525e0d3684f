// `npm run chaos:workflows [-- --runs <count>]`: runs of a workflow while every room is killed again and again. Each run must
// end once, no finished step may be done twice, and the ledger must be what the vendors served.
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { eventually, type Mesh } from '@skein/testkit';
import { killRoom, setStage, untilWell } from './stage.js';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '200' } } });
const wanted = Number(values.runs);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const victims = [
  'workflows',
  'orchestrator',
  'provider-workers/openai',
  'gateway',
  'router',
  'workflows',
  'classifier',
  'records',
  'provider-workers/anthropic',
  'billing',
  'workflows',
  'cache',
  'health',
  'jobs',
];
const BETWEEN_KILLS_MS = 1_000;
const BETWEEN_RUNS_MS = 120;
const END_WITHIN_MS = 300_000;

const WORKFLOW = `
name: stormy
deadline: 20m
fallback: none
defaults: { retry: 10 }
inputs: { docs: { type: list } }
pipeline:
  stages:
    - { name: each, kind: map, over: inputs.docs, width: 2, model: openai/gpt-4o-mini, prompt: "Summarize: {{ item }}" }
    - { name: draft, model: openai/gpt-4o-mini }
    - { name: check, kind: verify, model: anthropic/claude-haiku-4-5, criteria: "[[sandbox reject=1]]" }
`;

interface Step {
  readonly stage: string;
  readonly part: string;
  readonly round: number;
  readonly status: string;
  readonly attempts: readonly { readonly id: string }[];
}
interface Run {
  readonly id: string;
  readonly status: string;
  readonly error: { readonly message: string } | null;
  readonly stages: readonly { readonly steps: readonly Step[] }[];
}

/** Asks until somebody answers: the doors are killed too. */
function insistently<Answer>(ask: () => Promise<{ status: number; json: Answer; text: string }>): Promise<Answer> {
  return eventually(
    async () => {
      const { status, json, text } = await ask();
      if (status >= 500) throw new Error(text);
      return json;
    },
    { withinMs: END_WITHIN_MS, everyMs: 200 },
  );
}

async function submitAll(mesh: Mesh): Promise<string[]> {
  const ids: string[] = [];
  for (let no = 0; no < wanted; no += 1) {
    const docs = [`the first report of run ${no}`, `the second report of run ${no}`, `the third report of run ${no}`];
    const body = { mode: 'job', inputs: { docs } };
    const { id } = await insistently(() => mesh.http.post<{ id: string }>('/v1/workflows/stormy/runs', body));
    ids.push(id);
    await pause(BETWEEN_RUNS_MS);
  }
  return ids;
}

async function endOf(mesh: Mesh, id: string): Promise<Run> {
  return eventually(
    async () => {
      const { status, json, text } = await mesh.http.get<Run>(`/v1/workflows/runs/${id}`);
      if (status !== 200) throw new Error(text);
      if (json.status === 'queued' || json.status === 'running') throw new Error(`run ${id} is ${json.status}`);
      return json;
    },
    { withinMs: END_WITHIN_MS, everyMs: 500 },
  );
}

function doneTwice(run: Run): string[] {
  const done = run.stages
    .flatMap(({ steps }) => steps)
    .filter(({ status }) => status === 'succeeded')
    .map(({ stage, part, round }) => `${stage}${part}#${round}`);
  return done.filter((step, index) => done.indexOf(step) < index).map((step) => `${run.id} did ${step} twice`);
}

const stage = await setStage({
  say,
  environment: { WORKFLOWS_LEASE_MS: '2000', WORKFLOWS_RECONCILE_MS: '500', WORKFLOWS_RECHECK_MS: '2000' },
});
const problems: string[] = [];
try {
  const { mesh, books } = stage;
  await mesh.sandbox.setKnobs('openai', { latency: 150 });
  await mesh.sandbox.setKnobs('anthropic', { latency: 150 });
  const defined = await mesh.http.post('/v1/workflows', WORKFLOW);
  if (defined.status !== 201) throw new Error(defined.text);
  const storm = { isOver: false, kills: 0 };
  const killing = (async () => {
    for (let at = 0; !storm.isOver; at += 1) {
      storm.kills += await killRoom(mesh, victims[at % victims.length] ?? 'workflows');
      await pause(BETWEEN_KILLS_MS);
      // A room that is killed before it has come up again would be away, not killed.
      await untilWell(mesh);
    }
  })();
  const ids = await submitAll(mesh);
  say(`${ids.length} runs submitted, ${storm.kills} processes killed`);
  storm.isOver = true;
  await killing;
  await untilWell(mesh);
  const runs = await Promise.all(ids.map((id) => endOf(mesh, id)));
  for (const run of runs) {
    if (run.status !== 'succeeded') problems.push(`${run.id} is ${run.status}: ${run.error?.message}`);
    problems.push(...doneTwice(run));
  }
  if (new Set(ids).size !== wanted) problems.push(`${new Set(ids).size} runs instead of ${wanted}`);
  const compared = await books.compare();
  if (compared.drift > 0) problems.push(`the ledger differs by ${compared.drift}`, ...compared.strays);
  if (compared.servedTwice > 0) problems.push(`${compared.servedTwice} attempts were served twice`);
  const steps = runs.flatMap(({ stages }) => stages.flatMap((each) => each.steps));
  const lost = steps.filter(({ status }) => status === 'lost').length;
  process.stdout.write(
    `${wanted} runs, ${storm.kills} processes killed · ${runs.filter(({ status }) => status === 'succeeded').length} succeeded · ` +
      `${steps.length} steps, ${lost} lost and done again · ${compared.served} answers served, ${compared.posted} posted, ` +
      `${compared.unknown} unknown, drift ${compared.drift}\n`,
  );
} finally {
  await stage.strike();
}
process.stdout.write(
  problems.length === 0 ? 'as promised\n' : `not as promised:\n${problems.slice(0, 20).join('\n')}\n`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
