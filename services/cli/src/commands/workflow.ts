import { parse as parsePath } from 'node:path';
import Table from 'cli-table3';
import type { Command } from 'commander';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import type { HttpMesh } from '../doors/http-mesh.js';
import type { Terminal } from '../environment.js';
import { CommandFailure } from '../failure.js';
import { readInput } from '../input.js';
import type { Outcome } from '../outcome.js';
import { readReply } from '../replies.js';
import { httpTarget, withTarget, type TargetOptions } from '../target.js';
import { withMesh } from '../with-mesh.js';

const figures = { calls: z.number(), cost_usd: z.string().nullable(), latency_ms: z.number().nullable() };
const workflowReply = z.looseObject({
  name: z.string(),
  version: z.number(),
  revision: z.string(),
  description: z.string().nullable(),
});
const checkReply = z.looseObject({
  ok: z.boolean(),
  problems: z.array(z.looseObject({ path: z.string(), message: z.string() })),
});
const strategyReply = z
  .looseObject({ chosen: z.string(), because: z.string(), plain: z.looseObject(figures) })
  .nullable();
const planReply = z.looseObject({
  expected: z.looseObject(figures),
  critical_path: z.array(z.string()),
  strategy: strategyReply,
  stages: z.array(
    z.looseObject({
      ...figures,
      name: z.string(),
      kind: z.string(),
      model: z.string().nullable(),
      note: z.string().nullable(),
    }),
  ),
});
const runReply = z.looseObject({
  id: z.string(),
  workflow: z.string(),
  status: z.string(),
  output: z.unknown(),
  notices: z.array(z.string()),
  error: z.looseObject({ message: z.string() }).nullable(),
  calls: z.number(),
  cost_usd: z.string().nullable(),
  total_ms: z.number().nullable(),
  created_at: z.string(),
  stages: z.array(
    z.looseObject({ ...figures, name: z.string(), kind: z.string(), status: z.string(), rounds: z.number() }),
  ),
});
type RunReply = z.infer<typeof runReply>;

interface InputOptions extends TargetOptions {
  readonly inputs?: string;
  readonly json?: boolean;
  readonly budget?: string;
  readonly deadline?: string;
}

export function addWorkflowCommand(program: Command, terminal: Terminal, outcome: Outcome): void {
  const workflow = program.command('workflow').description('many models, one answer: define, plan and run workflows');
  const print = (value: unknown): void => terminal.out(`${JSON.stringify(value, null, 2)}\n`);

  withTarget(workflow.command('define'))
    .description('check a workflow and keep it as the next version of its name')
    .argument('<file>', 'YAML or JSON; - for standard input')
    .action(async (file: string, options: TargetOptions) => {
      const source = await readInput(file, terminal);
      const kept = await withMesh(httpTarget(options, terminal), (mesh) => define(mesh, source, file));
      terminal.out(`${kept.name} version ${kept.version} (${kept.revision})\n`);
    });

  withTarget(workflow.command('check'))
    .description('say everything that is wrong with a workflow; the exit code is 1 when something is')
    .argument('<file>', 'YAML or JSON; - for standard input')
    .action(async (file: string, options: TargetOptions) => {
      const source = await readInput(file, terminal);
      const reply = await withMesh(httpTarget(options, terminal), (mesh) => mesh.post('/v1/workflows/check', source));
      const { ok, problems } = readReply(checkReply, reply.body, 'The check');
      for (const { path, message } of problems) terminal.out(`${path === '' ? '' : `${path}: `}${message}\n`);
      if (ok) terminal.out('nothing is wrong\n');
      else outcome.exitCode = 1;
    });

  withTarget(workflow.command('list'))
    .description('list the workflows of this key')
    .action(async (options: TargetOptions) => {
      const reply = await withMesh(httpTarget(options, terminal), (mesh) => mesh.get('/v1/workflows'));
      const { data } = readReply(z.looseObject({ data: z.array(workflowReply) }), reply, 'The list');
      const table = newTable(['name', 'version', 'description']);
      for (const { name, version, description } of data) table.push([name, version, description ?? '']);
      terminal.out(`${table.toString()}\n`);
    });

  withInputs(withTarget(workflow.command('plan')))
    .description('say what a run would cost and take, stage by stage, without running it')
    .argument('<workflow>', 'a name, or a file (which is defined first)')
    .argument('[input]', 'what the run is given')
    .action(async (name: string, input: string | undefined, options: InputOptions) => {
      const body = await readRun(input, options, terminal);
      await withMesh(httpTarget(options, terminal), async (mesh) => {
        const known = await nameOf(mesh, name, terminal);
        const reply = await mesh.post(`/v1/workflows/${encodeURIComponent(known)}/plan`, body);
        if (options.json === true) print(reply.body);
        else terminal.out(renderPlan(readReply(planReply, reply.body, 'The plan')));
      });
    });

  withInputs(withTarget(workflow.command('run')))
    .description('run a workflow and print its answer; the exit code is 1 when it does not succeed')
    .argument('<workflow>', 'a name, or a file (which is defined first)')
    .argument('[input]', 'what the run is given')
    .option('--job', 'do not wait: print the id of the run')
    .action(async (name: string, input: string | undefined, options: InputOptions & { job?: boolean }) => {
      const body = { ...(await readRun(input, options, terminal)), ...(options.job === true && { mode: 'job' }) };
      await withMesh(httpTarget(options, terminal), async (mesh) => {
        const known = await nameOf(mesh, name, terminal);
        const reply = await mesh.post(`/v1/workflows/${encodeURIComponent(known)}/runs`, body);
        const run = readReply(runReply, reply.body, 'The run');
        if (options.json === true) print(reply.body);
        else if (options.job === true) terminal.out(`${run.id}\n`);
        else showRun(run, terminal);
        if (options.job !== true && run.status !== 'succeeded') outcome.exitCode = 1;
      });
    });

  withTarget(workflow.command('runs'))
    .description('list the newest runs')
    .option('--workflow <name>', 'only runs of this workflow')
    .option('--status <status>', 'only runs in this state')
    .action(async ({ workflow: name, status, ...options }: TargetOptions & { workflow?: string; status?: string }) => {
      const query = new URLSearchParams({
        ...(name !== undefined && { workflow: name }),
        ...(status !== undefined && { status }),
      });
      const reply = await withMesh(httpTarget(options, terminal), (mesh) =>
        mesh.get(`/v1/workflows/runs?${query.toString()}`),
      );
      const { data } = readReply(z.looseObject({ data: z.array(runReply) }), reply, 'The list of runs');
      const table = newTable(['id', 'workflow', 'status', 'calls', 'cost USD', 'ms', 'created']);
      for (const run of data)
        table.push([
          run.id,
          run.workflow,
          run.status,
          run.calls,
          run.cost_usd ?? '–',
          run.total_ms ?? '–',
          run.created_at,
        ]);
      terminal.out(`${table.toString()}\n`);
    });

  withTarget(workflow.command('get'))
    .description('print a run: what each stage did, took and cost')
    .argument('<run>')
    .action(async (id: string, options: TargetOptions) => {
      print(
        await withMesh(httpTarget(options, terminal), (mesh) =>
          mesh.get(`/v1/workflows/runs/${encodeURIComponent(id)}`),
        ),
      );
    });

  withTarget(workflow.command('cancel'))
    .description('cancel a run that has not ended')
    .argument('<run>')
    .action(async (id: string, options: TargetOptions) => {
      const path = `/v1/workflows/runs/${encodeURIComponent(id)}/cancel`;
      const reply = await withMesh(httpTarget(options, terminal), (mesh) => mesh.post(path, {}));
      const run = readReply(runReply, reply.body, 'The run');
      terminal.out(`${run.id} ${run.status}\n`);
    });
}

function withInputs(command: Command): Command {
  return command
    .option('--inputs <file>', 'the inputs by name, as a JSON file; - for standard input')
    .option('--budget <usd>', 'most that all stages together may cost')
    .option('--deadline <duration>', 'such as 30s or 5m')
    .option('--json', 'print the mesh’s own answer');
}

/** A workflow that does not say its name has that of its file. */
async function define(mesh: HttpMesh, source: string, file: string): Promise<z.infer<typeof workflowReply>> {
  const reply =
    file === '-' || hasName(source)
      ? (await mesh.post('/v1/workflows', source)).body
      : await mesh.put(`/v1/workflows/${encodeURIComponent(parsePath(file).name)}`, source);
  return readReply(workflowReply, reply, 'The workflow');
}

/** What cannot be read is for the mesh to refuse, with the line. */
function hasName(source: string): boolean {
  try {
    const read: unknown = parseYaml(source);
    return typeof read !== 'object' || read === null || 'name' in read;
  } catch {
    return true;
  }
}

/** A file is defined, and its name taken; anything else is a name. */
async function nameOf(mesh: HttpMesh, given: string, terminal: Terminal): Promise<string> {
  if (!/[./\\]/.test(given) && given !== '-') return given;
  return (await define(mesh, await readInput(given, terminal), given)).name;
}

async function readRun(input: string | undefined, options: InputOptions, terminal: Terminal) {
  return {
    ...(input !== undefined && { input }),
    ...(options.inputs !== undefined && {
      inputs: parseInputs(await readInput(options.inputs, terminal), options.inputs),
    }),
    ...(options.budget !== undefined && { budget_usd: options.budget }),
    ...(options.deadline !== undefined && { deadline: options.deadline }),
  };
}

function parseInputs(text: string, file: string): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch {
    throw new CommandFailure(`${file} is no JSON object of inputs by name`);
  }
}

function renderPlan({ expected, critical_path: path, strategy, stages }: z.infer<typeof planReply>): string {
  const table = newTable(['stage', 'kind', 'model', 'calls', 'cost USD', 'ms', '']);
  for (const stage of stages) {
    table.push([
      stage.name,
      stage.kind,
      stage.model ?? '–',
      stage.calls,
      stage.cost_usd ?? '?',
      msOf(stage.latency_ms),
      stage.note ?? '',
    ]);
  }
  const lines = [
    table.toString(),
    `in all ${expected.calls} calls · $${expected.cost_usd ?? '?'} · ${msOf(expected.latency_ms)} ms along ${path.join(' → ')}`,
    ...(strategy === null
      ? []
      : [
          `strategy ${strategy.chosen}: ${strategy.because}`,
          `plain routing: ${strategy.plain.calls} call · $${strategy.plain.cost_usd ?? '?'} · ${msOf(strategy.plain.latency_ms)} ms`,
        ]),
  ];
  return `${lines.join('\n')}\n`;
}

function showRun(run: RunReply, terminal: Terminal): void {
  if (run.error !== null) terminal.err(`${run.status}: ${run.error.message}\n`);
  else terminal.out(`${typeof run.output === 'string' ? run.output : JSON.stringify(run.output, null, 2)}\n`);
  for (const notice of run.notices) terminal.err(`note: ${notice}\n`);
  const table = newTable(['stage', 'kind', 'status', 'rounds', 'calls', 'cost USD', 'ms']);
  for (const stage of run.stages) {
    table.push([
      stage.name,
      stage.kind,
      stage.status,
      stage.rounds,
      stage.calls,
      stage.cost_usd ?? '–',
      msOf(stage.latency_ms),
    ]);
  }
  terminal.err(
    `${table.toString()}\n${run.id} · ${run.calls} calls · $${run.cost_usd ?? '?'} · ${msOf(run.total_ms)} ms\n`,
  );
}

function newTable(head: string[]): InstanceType<typeof Table> {
  return new Table({ head, style: { head: [], border: [], compact: true } });
}

function msOf(ms: number | null): string {
  return ms === null ? '?' : String(Math.round(ms));
}
