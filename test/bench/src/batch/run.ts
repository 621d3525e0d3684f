/**
 * `npm run bench:batch`: a large batch through the `openai` client, every room in a process of its own, and beside it, in the
 * same run, a plain BullMQ worker. Ends with an error when an answer is missing or a process grew beyond the bound.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { launchServers } from '@skein/servers';
import { makeStateDir, startMesh } from '@skein/testkit';
import OpenAI from 'openai';
import { benchFile } from '../checkout.ts';
import { describeMachine } from '../machine.ts';
import { writeInput, type InputFile } from './input-file.ts';
import { watchProcesses } from './watch-processes.ts';

const BOUND_MB = 300;
const LOOK_MS = 1_000;
const { values } = parseArgs({
  options: {
    lines: { type: 'string', default: '100000' },
    padding: { type: 'string', default: '0' },
    plain: { type: 'string' },
    'cancel-after': { type: 'string' },
  },
});
const lines = Number(values.lines);
/** A batch that is too long to be run to its end is cancelled when so many lines are done. */
const cancelAfter = values['cancel-after'] === undefined ? Infinity : Number(values['cancel-after']);
const plainLines = Number(values.plain ?? Math.min(lines, 20_000));
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const secondsSince = (from: number): number => (performance.now() - from) / 1_000;

interface Timings {
  /** Lines that were answered. */
  done: number;
  upload: number;
  readIn: number;
  run: number;
  writeOut: number;
  download: number;
}

const phases = ['start', 'upload', 'read in', 'run', 'write out', 'fetch'] as const;
type Phase = (typeof phases)[number];
/** What a batch is no longer in when it is first seen in this status. */
const phaseBefore: Readonly<Record<string, Phase>> = {
  in_progress: 'read in',
  finalizing: 'run',
  cancelling: 'run',
  completed: 'write out',
  cancelled: 'write out',
};

async function runBatch(client: OpenAI, input: InputFile, over: (phase: Phase) => void): Promise<Timings> {
  over('start');
  const startedAt = performance.now();
  const file = await client.files.create({ purpose: 'batch', file: createReadStream(input.path) });
  if (file.bytes !== input.bytes) throw new Error(`${file.bytes} of ${input.bytes} bytes arrived`);
  const upload = secondsSince(startedAt);
  over('upload');
  // Ours: OpenAI knows no lanes. Every line by itself, in real time.
  const wish = { input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h' } as const;
  const realtime = { ...wish, lane: 'realtime' };
  let batch = await client.batches.create(realtime);
  const seenAt = new Map<string, number>([['created', performance.now()]]);
  for (let told = 0; !['completed', 'failed', 'expired', 'cancelled'].includes(batch.status);) {
    await pause(LOOK_MS);
    batch = await client.batches.retrieve(batch.id);
    if (!seenAt.has(batch.status)) {
      seenAt.set(batch.status, performance.now());
      const before = phaseBefore[batch.status];
      if (before !== undefined) over(before);
    }
    const done = batch.request_counts?.completed ?? 0;
    if (done - told >= input.lines / 10)
      say(`${(told = done)} of ${input.lines} lines, ${secondsSince(startedAt).toFixed(0)} s`);
    if (done >= cancelAfter && batch.status === 'in_progress') batch = await client.batches.cancel(batch.id);
  }
  const done = doneOf(batch, input.lines);
  const moment = (name: string): number => seenAt.get(name) ?? seenAt.get(batch.status) ?? 0;
  const fetchedFrom = performance.now();
  await checkFiles(client, batch, done, input.lines);
  over('fetch');
  return {
    done,
    upload,
    readIn: (moment('in_progress') - moment('created')) / 1_000,
    run: ((seenAt.get('cancelling') ?? moment('finalizing')) - moment('in_progress')) / 1_000,
    writeOut: (moment(batch.status) - (seenAt.get('cancelling') ?? moment('finalizing'))) / 1_000,
    download: secondsSince(fetchedFrom),
  };
}

function doneOf(batch: OpenAI.Batch, total: number): number {
  const done = batch.request_counts?.completed ?? 0;
  const isWhole = batch.status === 'completed' && done === total;
  const isCancelled = batch.status === 'cancelled' && done >= cancelAfter;
  if (!isWhole && !isCancelled) throw new Error(JSON.stringify(batch));
  return done;
}

interface ResultLine {
  readonly custom_id: string;
  readonly response: { readonly status_code: number; readonly body: OpenAI.ChatCompletion } | null;
  readonly error: { readonly code: string } | null;
}

async function* linesOf(client: OpenAI, fileId: string | null | undefined): AsyncGenerator<ResultLine> {
  if (fileId == null) return;
  const { body } = await client.files.content(fileId);
  if (body === null) throw new Error('the file has no body');
  const input = Readable.fromWeb(body as never);
  // Whoever stops reading hears why of the line that was wrong, not of the file that was left.
  input.on('error', () => undefined);
  for await (const line of createInterface({ input })) yield JSON.parse(line) as ResultLine;
}

/** Every line is there, once, in the order of the input, and answers what that line asked; others say that they were cancelled. */
async function checkFiles(client: OpenAI, batch: OpenAI.Batch, done: number, total: number): Promise<void> {
  const numberOf = (id: string): number => Number(id.slice('line-'.length));
  const answered = new Set<number>();
  let last = -1;
  for await (const { custom_id: id, response } of linesOf(client, batch.output_file_id)) {
    const no = numberOf(id);
    const answer = response?.body.choices[0]?.message.content ?? '';
    if (no <= last || response?.status_code !== 200 || !answer.includes(String(no + 1)))
      throw new Error(`line ${no} is not what was asked: ${JSON.stringify(response).slice(0, 500)}`);
    answered.add((last = no));
  }
  if (answered.size !== done) throw new Error(`${answered.size} of ${done} answers are in the output`);
  let cancelled = 0;
  for await (const { custom_id: id, error } of linesOf(client, batch.error_file_id)) {
    if (error?.code !== 'batch_cancelled' || answered.has(numberOf(id))) throw new Error(`${id} was not cancelled`);
    cancelled += 1;
  }
  if (done + cancelled !== total) throw new Error(`${total - done - cancelled} lines are in no file`);
}

interface PlainFigures {
  readonly perSecond: number;
  readonly cpuMs: number;
}

async function runPlain(redisUrl: string, vendorUrl: string, kind: 'nothing' | 'call'): Promise<PlainFigures> {
  const args = [benchFile('./batch/plain-worker.ts'), redisUrl, vendorUrl, kind, String(plainLines)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let told = '';
  child.stdout.on('data', (chunk: Buffer) => (told += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(`the plain worker ended with ${code}`);
  const { seconds, cpuMs } = JSON.parse(told) as { seconds: number; cpuMs: number };
  return { perSecond: plainLines / seconds, cpuMs: cpuMs / plainLines };
}

const stateDir = makeStateDir();
const serversDir = join(stateDir, 'servers');
mkdirSync(serversDir, { recursive: true });
const machine = describeMachine();
const servers = await launchServers({ stateDir: serversDir, onProgress: say });
const environment = {
  NATS_URL: servers.nats.meshUrl,
  REDIS_URL: servers.redisUrl,
  DATABASE_URL: servers.databaseUrl,
};
let isWell = false;
try {
  const mesh = await startMesh({ mode: 'mesh', environment });
  try {
    const input = await writeInput(join(stateDir, 'input.jsonl'), lines, Number(values.padding));
    const client = new OpenAI({ apiKey: mesh.key, baseURL: `${mesh.url}/v1`, maxRetries: 0, timeout: 600_000 });
    say(`${lines} lines, ${(input.bytes / 1e6).toFixed(1)} MB`);
    const watch = await watchProcesses(mesh);
    const took = await runBatch(client, input, (phase) => watch.over(phase));
    const processes = watch.used().sort((a, b) => b.peakMb - a.peakMb);
    const perSecond = took.done / took.run;
    const nothing = await runPlain(environment.REDIS_URL, mesh.sandboxUrl ?? '', 'nothing');
    const call = await runPlain(environment.REDIS_URL, mesh.sandboxUrl ?? '', 'call');

    say(
      `\n${machine.date.slice(0, 10)}, ${machine.commit}${machine.dirty ? '+' : ''}, ${machine.cores} × ${machine.cpu}, Node ${machine.node}\n`,
    );
    const seconds = (value: number): string => `${value.toFixed(1)} s`;
    const cpuMs = processes.reduce((sum, each) => sum + (each.name === 'sandbox' ? 0 : each.cpuMs), 0) / took.done;
    const besides = (plain: PlainFigures): string =>
      `${plain.perSecond.toFixed(0)}/s (× ${(plain.perSecond / perSecond).toFixed(1)}), CPU ${plain.cpuMs.toFixed(2)} ms (÷ ${(cpuMs / plain.cpuMs).toFixed(1)})`;
    const rows: readonly [string, string][] = [
      [
        'lines · input',
        `${took.done < lines ? `${took.done} of ` : ''}${lines} · ${(input.bytes / 1e6).toFixed(1)} MB`,
      ],
      ['uploaded in', `${seconds(took.upload)} (${(input.bytes / 1e6 / took.upload).toFixed(1)} MB/s)`],
      ['read in and checked in', seconds(took.readIn)],
      ['run in', `${seconds(took.run)}: ${perSecond.toFixed(0)} lines/s, CPU ${cpuMs.toFixed(2)} ms a line`],
      ['written out in', seconds(took.writeOut)],
      ['fetched in', seconds(took.download)],
      ['plain BullMQ worker, doing nothing', besides(nothing)],
      ['plain BullMQ worker, calling the vendor', besides(call)],
    ];
    for (const [name, value] of rows) say(`| ${name.padEnd(40)} | ${value.padStart(44)} |`);
    say(
      `\n| process, its peak in MB                |    all | ${phases.map((name) => name.padStart(9)).join(' | ')} | CPU ms a line |`,
    );
    for (const { name, peakMb, peaks, cpuMs } of processes) {
      const each = phases.map((phase) => (peaks.get(phase)?.toFixed(0) ?? '').padStart(9)).join(' | ');
      say(
        `| ${name.padEnd(38)} | ${peakMb.toFixed(0).padStart(6)} | ${each} | ${(cpuMs / took.done).toFixed(3).padStart(13)} |`,
      );
    }
    const tooLarge = processes.filter(({ peakMb }) => peakMb > BOUND_MB).map(({ name }) => name);
    isWell = tooLarge.length === 0;
    say(isWell ? `\nno process over ${BOUND_MB} MB` : `\nNOT under ${BOUND_MB} MB: ${tooLarge.join(', ')}`);
  } finally {
    await mesh.stop();
  }
} finally {
  await servers.stop();
  rmSync(stateDir, { recursive: true, force: true, maxRetries: 5 });
}
process.exit(isWell ? 0 : 1);
