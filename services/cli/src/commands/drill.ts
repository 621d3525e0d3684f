/** `skein drill rotate`: takes each vendor of a live mesh out in turn, and says what customers would have noticed. */
import { setTimeout as pause } from 'node:timers/promises';
import Table from 'cli-table3';
import { Option, type Command } from 'commander';
import type { HttpMesh } from '../doors/http-mesh.js';
import { notice, type DrillSample, type Noticed } from '../drill/notice.js';
import { restingVendors, vendorsReply } from '../drill/resting.js';
import { takeOutBy } from '../drill/take-out.js';
import { tidily } from '../drill/tidily.js';
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
  readonly settle: string;
  readonly json?: boolean;
}

const LOOKS_EVERY_MS = 500;

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
    .option('--requests <n>', 'requests for each vendor and model', '20')
    .option('--concurrency <n>', 'at a time', '4')
    .option('--model <list>', 'what is asked for, separated by commas: the models your customers use', 'auto')
    .option('--settle <seconds>', 'wait so long at most for a vendor that was out to be trusted again', '0')
    .option('--json', 'print the figures as JSON');
  withTarget(rotate).action(async (options: DrillOptions) => {
    const rows = await withMesh(httpTarget(options, terminal), (mesh) => rotateVendors(mesh, options, terminal));
    if (options.json === true) terminal.out(`${JSON.stringify(rows, null, 2)}\n`);
    else terminal.out(render(rows));
    if (rows.some(({ failed }) => failed > 0)) outcome.exitCode = 1;
  });
}

interface Row extends Noticed {
  /** Who was out; null: nobody, the usual. */
  readonly out: string | null;
  readonly model: string;
  /** Others that the mesh did not trust at the time: who was out before, until it is well again. */
  readonly resting: readonly string[];
}

async function rotateVendors(mesh: HttpMesh, options: DrillOptions, terminal: Terminal): Promise<Row[]> {
  const known = (await look(mesh)).vendors.map(({ vendor }) => vendor);
  const vendors = options.vendors === undefined ? known : listOf(options.vendors);
  const takeOut = takeOutBy(options.how, mesh, sandboxTarget(terminal));
  const usual: Row[] = [];
  for (const model of listOf(options.model)) {
    // The first round only warms the mesh up.
    await askMany(mesh, model, options);
    usual.push({ out: null, model, resting: [], ...notice(await askMany(mesh, model, options), null) });
  }
  const rows = [...usual];
  for (const out of vendors) {
    if (terminal.isInteractive) terminal.err(`${out} is out …\n`);
    const resting = restingVendors(await look(mesh)).filter((vendor) => vendor !== out);
    await tidily(
      async () => {
        for (const before of usual) {
          const samples = await askMany(mesh, before.model, options);
          rows.push({ out, model: before.model, resting, ...notice(samples, before) });
        }
      },
      await takeOut(out),
    );
    await settled(mesh, out, Number(options.settle) * 1_000);
  }
  return rows;
}

const look = async (mesh: HttpMesh) => readReply(vendorsReply, await mesh.get('/v1/vendors'), 'The list of vendors');

const listOf = (text: string): string[] => text.split(',').map((name) => name.trim());

/** Waits until the vendor is trusted again, or the time for that is over. */
async function settled(mesh: HttpMesh, vendor: string, withinMs: number): Promise<void> {
  for (const until = performance.now() + withinMs; performance.now() < until;) {
    if (!restingVendors(await look(mesh)).includes(vendor)) return;
    await pause(LOOKS_EVERY_MS);
  }
}

function askMany(mesh: HttpMesh, model: string, { requests, concurrency }: DrillOptions): Promise<DrillSample[]> {
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
  const models = new Set(rows.map(({ model }) => model));
  const table = new Table({
    head: [
      'out',
      ...(models.size > 1 ? ['asked for'] : []),
      'requests',
      'failed',
      'failed over',
      'p50 ms',
      'p99 ms',
      'extra p50',
      'extra p99',
      'answered by',
      'resting too',
    ],
    style: { head: [], border: [], compact: true },
  });
  const ms = (value: number | null) => (value === null ? '–' : value.toFixed(0));
  for (const row of rows) {
    table.push([
      row.out ?? 'none',
      ...(models.size > 1 ? [row.model] : []),
      row.requests,
      row.failed,
      row.failedOver,
      ms(row.p50),
      ms(row.p99),
      ms(row.extraP50),
      ms(row.extraP99),
      row.answeredBy.map(([vendor, answers]) => `${vendor} ${answers}`).join(', '),
      row.resting.join(', '),
    ]);
  }
  return `${table.toString()}\n${remarks(rows)
    .map((remark) => `${remark}\n`)
    .join('')}`;
}

/** What the table does not say by itself: why requests failed, and who could not be missed because nobody asks there. */
function remarks(rows: readonly Row[]): string[] {
  const failures = rows.flatMap(({ out, reasons }) =>
    reasons.map((reason) => `failed with ${out ?? 'none'} out: ${reason}`),
  );
  const asked = new Set(rows.flatMap(({ answeredBy }) => answeredBy.map(([vendor]) => vendor)));
  const noticed = ({ failed, failedOver }: Row): boolean => failed + failedOver > 0;
  const idle = rows.flatMap((row) => (row.out === null || asked.has(row.out) || noticed(row) ? [] : [row.out]));
  if (idle.length === 0) return failures;
  return [
    ...failures,
    `nobody was sent to ${[...new Set(idle)].join(', ')} for what was asked: not missed (see --model)`,
  ];
}
