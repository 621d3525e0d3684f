import { createWriteStream, openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { FormData } from 'undici';
import { showBatchProgress } from '../batch/progress.js';
import type { HttpMesh } from '../doors/http-mesh.js';
import type { Terminal } from '../environment.js';
import { CommandFailure } from '../failure.js';
import { parseUsd, percentSaved } from '../money.js';
import type { Outcome } from '../outcome.js';
import { batchReply, fileReply, readReply, type BatchReply } from '../replies.js';
import { httpTarget, withTarget, type TargetOptions } from '../target.js';
import { withMesh } from '../with-mesh.js';

const LOOK_EVERY_MS = 500;
const ENDED: ReadonlySet<string> = new Set(['completed', 'failed', 'expired', 'cancelled']);

interface RunOptions extends TargetOptions {
  readonly endpoint: string;
  readonly window: string;
  readonly lane?: string;
  readonly out?: string;
  readonly errors?: string;
}

export function addBatchCommand(program: Command, terminal: Terminal, outcome: Outcome): void {
  const batch = program.command('batch').description('many requests in a file: run them, look, cancel');
  const print = (value: unknown): void => terminal.out(`${JSON.stringify(value, null, 2)}\n`);

  withTarget(batch.command('run'))
    .description('run a JSONL file of requests and write the results; the exit code is 1 when a line was not answered')
    .argument('<file>', 'lines as OpenAI has them: custom_id, method, url, body')
    .option('--endpoint <path>', 'what every line asks for', '/v1/chat/completions')
    .option('--window <duration>', 'time the batch has', '24h')
    .option('--lane <lane>', 'realtime, vendor, merge or auto')
    .option('--out <file>', 'where the answers go (default: <file>.out.jsonl)')
    .option('--errors <file>', 'where the failures go (default: <file>.errors.jsonl)')
    .action(async (file: string, options: RunOptions) => {
      await withMesh(httpTarget(options, terminal), async (mesh) => {
        const done = await runToEnd(mesh, await begin(mesh, file, options), terminal);
        for (const { line, code, message } of done.errors?.data ?? []) {
          terminal.err(`${line === null ? file : `${file}:${line}`}: ${code}: ${message}\n`);
        }
        await save(mesh, done.output_file_id, options.out ?? `${file}.out.jsonl`, terminal);
        await save(mesh, done.error_file_id, options.errors ?? `${file}.errors.jsonl`, terminal);
        const { completed, total } = done.request_counts;
        terminal.out(`${done.id} ${done.status}: ${completed} of ${total} answered, $${done.cost_usd}\n`);
        if (done.merged) terminal.out(describeMerging(done.merged));
        if (done.status !== 'completed' || completed < total) outcome.exitCode = 1;
      });
    });

  withTarget(batch.command('get'))
    .description('print a batch')
    .argument('<id>')
    .action(async (id: string, options: TargetOptions) => {
      print(await withMesh(httpTarget(options, terminal), (mesh) => getBatch(mesh, id)));
    });

  withTarget(batch.command('cancel'))
    .description('cancel a batch; what was answered is kept')
    .argument('<id>')
    .action(async (id: string, options: TargetOptions) => {
      const path = `/v1/batches/${encodeURIComponent(id)}/cancel`;
      const reply = await withMesh(httpTarget(options, terminal), (mesh) => mesh.post(path, {}));
      const { status } = readReply(batchReply, reply.body, 'The batch');
      terminal.out(`${id} ${status}\n`);
    });
}

/** The file goes up as it is read from the disk; it may be larger than this process should be. */
async function begin(mesh: HttpMesh, path: string, options: RunOptions): Promise<BatchReply> {
  const blob = await openAsBlob(path).catch((cause: unknown) => {
    throw new CommandFailure(`${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`);
  });
  const form = new FormData();
  form.set('purpose', 'batch');
  form.set('file', blob, basename(path));
  const file = readReply(fileReply, (await mesh.postForm('/v1/files', form)).body, 'The file');
  const wish = {
    input_file_id: file.id,
    endpoint: options.endpoint,
    completion_window: options.window,
    ...(options.lane !== undefined && { lane: options.lane }),
  };
  return readReply(batchReply, (await mesh.post('/v1/batches', wish)).body, 'The batch');
}

async function runToEnd(mesh: HttpMesh, begun: BatchReply, terminal: Terminal): Promise<BatchReply> {
  const progress = showBatchProgress(terminal);
  try {
    for (let batch = begun; ; batch = await getBatch(mesh, begun.id)) {
      progress.show(batch);
      if (ENDED.has(batch.status)) return batch;
      await pause(LOOK_EVERY_MS);
    }
  } finally {
    progress.stop();
  }
}

async function getBatch(mesh: HttpMesh, id: string): Promise<BatchReply> {
  return readReply(batchReply, await mesh.get(`/v1/batches/${encodeURIComponent(id)}`), 'The batch');
}

async function save(mesh: HttpMesh, fileId: string | null, path: string, terminal: Terminal): Promise<void> {
  if (fileId === null) return;
  const { bytes } = await mesh.getStream(`/v1/files/${encodeURIComponent(fileId)}/content`);
  await pipeline(bytes, createWriteStream(path));
  terminal.err(`wrote ${path}\n`);
}

function describeMerging({
  calls,
  lines,
  redone,
  cost_usd: cost,
  alone_cost_usd: alone,
}: NonNullable<BatchReply['merged']>): string {
  const saved =
    parseUsd(alone) === 0n ? '' : ` instead of about $${alone}, ${percentSaved(parseUsd(cost), parseUsd(alone))} saved`;
  return `${lines} lines shared ${calls} calls, ${redone} were run again alone; they cost $${cost}${saved}\n`;
}
