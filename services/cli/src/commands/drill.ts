/** `skein drill rotate`: takes each vendor of a live mesh out in turn, and says what customers would have noticed. */
import Table from 'cli-table3';
import { Option, type Command } from 'commander';
import { z } from 'zod';
import type { HttpMesh } from '../doors/http-mesh.js';
import { notice, type DrillSample, type Noticed } from '../drill/notice.js';
import { takeOutBy, type TakeOut } from '../drill/take-out.js';
import type { Terminal } from '../environment.js';
import { describeFailure } from '../failure.js';
import type { Outcome } from '../outcome.js';
import { runAll } from '../replay/run-all.js';
import { readReply } from '../replies.js';
import { httpTarget, sandboxTarget, withTarget, type TargetOptions } from '../target.js';
import { withMesh } from '../with-mesh.js';

interface DrillOptions extends TargetOptions {
  readonly vendors?: string;
  readonly how?: 'fault' | 'override';
  readonly requests: string;
  readonly concurrency: string;
  readonly model: string;
  readonly json?: boolean;
}

const vendorsReply = z.looseObject({ vendors: z.array(z.looseObject({ vendor: z.string() })) });

export function addDrillCommand(program: Command, terminal: Terminal, outcome: Outcome): void {
  const drill = program.command('drill').description('failures on purpose, on a live mesh');
  const rotate = drill
    .command('rotate')
    .description('take each vendor out in turn and report what customers would have noticed (admin key)')
    .option('--vendors <list>', 'only these, separated by commas; default: every vendor with a worker')
    .addOption(
      new Option(
        '--how <way>',
        'fault: the sandbox fails; override: the health room keeps requests away. Default: fault where there is a sandbox',
      ).choices(['fault', 'override']),
    )
    .option('--requests <n>', 'requests for each vendor', '20')
    .option('--concurrency <n>', 'at a time', '4')
    .option('--model <model>', 'what is asked', 'auto')
    .option('--json', 'print the figures as JSON');
  withTarget(rotate).action(async (options: DrillOptions) => {
    const rows = await withMesh(httpTarget(options, terminal), (mesh) => rotateVendors(mesh, options, terminal));
    if (options.json === true) terminal.out(`${JSON.stringify(Object.fromEntries(rows), null, 2)}\n`);
    else terminal.out(render(rows));
    if (rows.some(([, { failed }]) => failed > 0)) outcome.exitCode = 1;
  });
}

type Row = readonly [out: string, noticed: Noticed];

async function rotateVendors(mesh: HttpMesh, options: DrillOptions, terminal: Terminal): Promise<Row[]> {
  const known = readReply(vendorsReply, await mesh.get('/v1/vendors'), 'The list of vendors').vendors;
  const vendors = options.vendors?.split(',').map((name) => name.trim()) ?? known.map(({ vendor }) => vendor);
  const takeOut = takeOutBy(options.how, mesh, sandboxTarget(terminal));
  const ask = () => askMany(mesh, options);
  // The first round only warms the mesh up.
  await ask();
  const usual = notice(await ask(), null);
  const rows: Row[] = [['none', usual]];
  for (const vendor of vendors) {
    if (terminal.isInteractive) terminal.err(`${vendor} is out …\n`);
    rows.push([vendor, notice(await whileOut(takeOut, vendor, ask), usual)]);
  }
  return rows;
}

async function whileOut<Result>(takeOut: TakeOut, vendor: string, work: () => Promise<Result>): Promise<Result> {
  const putBack = await takeOut(vendor);
  try {
    return await work();
  } finally {
    await putBack();
  }
}

function askMany(mesh: HttpMesh, { requests, concurrency, model }: DrillOptions): Promise<DrillSample[]> {
  const questions = Array.from({ length: Number(requests) }, (_, index) => `Drill ${index}: why is the sky blue?`);
  return runAll(questions, Number(concurrency), (content) => askOnce(mesh, model, content));
}

async function askOnce(mesh: HttpMesh, model: string, content: string): Promise<DrillSample> {
  const startedAt = performance.now();
  try {
    const body = { model, messages: [{ role: 'user', content }], max_tokens: 64 };
    const { header } = await mesh.post('/v1/chat/completions', body, { 'x-skein-cache': 'off' });
    const attempts = Number(header('x-skein-attempts') ?? 1);
    return { totalMs: performance.now() - startedAt, vendor: header('x-skein-vendor'), attempts, failure: null };
  } catch (cause) {
    return { totalMs: performance.now() - startedAt, vendor: null, attempts: 0, failure: describeFailure(cause) };
  }
}

function render(rows: readonly Row[]): string {
  const table = new Table({
    head: ['out', 'requests', 'failed', 'failed over', 'p50 ms', 'p99 ms', 'extra p50', 'extra p99', 'answered by'],
    style: { head: [], border: [], compact: true },
  });
  const ms = (value: number | null) => (value === null ? '–' : value.toFixed(0));
  for (const [out, noticed] of rows) {
    const by = noticed.answeredBy.map(([vendor, answers]) => `${vendor} ${answers}`).join(', ');
    table.push([
      out,
      noticed.requests,
      noticed.failed,
      noticed.failedOver,
      ms(noticed.p50),
      ms(noticed.p99),
      ms(noticed.extraP50),
      ms(noticed.extraP99),
      by,
    ]);
  }
  const reasons = [...new Set(rows.flatMap(([, { reasons: own }]) => own))];
  return `${table.toString()}\n${reasons.map((reason) => `failed: ${reason}\n`).join('')}`;
}
