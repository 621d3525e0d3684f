import Table from 'cli-table3';
import type { Command } from 'commander';
import type { Terminal } from '../environment.js';
import { CommandFailure } from '../failure.js';
import { readInput } from '../input.js';
import { getJob, submitJob, waitForJob, type JobOptions } from '../jobs.js';
import type { Outcome } from '../outcome.js';
import { readPrompts } from '../prompts.js';
import { jobListReply, jobReply, readReply, type JobReply } from '../replies.js';
import { httpTarget, withTarget, type TargetOptions } from '../target.js';
import { withMesh } from '../with-mesh.js';
import { readCount } from './chat-options.js';

interface SubmitOptions extends TargetOptions, JobOptions {
  readonly model: string;
  readonly idempotencyKey?: string;
}

export function addJobsCommand(program: Command, terminal: Terminal, outcome: Outcome): void {
  const jobs = program.command('jobs').description('durable jobs: submit and forget, look, cancel, wait');
  const print = (value: unknown): void => terminal.out(`${JSON.stringify(value, null, 2)}\n`);

  withTarget(jobs.command('submit'))
    .description('submit a job for each prompt of a file, and print the ids')
    .argument('<file>', 'requests or prompts, as for explain; - for standard input')
    .option('--model <model>', 'model of prompts that name none', 'auto')
    .option('--priority <priority>', 'high, normal or low')
    .option('--delay <duration>', 'wait before the first run, such as 10s')
    .option('--deadline <moment>', 'a moment (ISO 8601) or a duration such as 15m')
    .option('--idempotency-key <key>', 'the same key and body again give the same job; for one prompt')
    .action(async (file: string, { priority, delay, deadline, ...options }: SubmitOptions) => {
      const prompts = readPrompts(await readInput(file, terminal), options.model);
      if (options.idempotencyKey !== undefined && prompts.length > 1) {
        throw new CommandFailure('An idempotency key is for one job, and the file has more than one prompt');
      }
      await withMesh(httpTarget(options, terminal), async (mesh) => {
        for (const { body } of prompts) {
          const job = await submitJob(mesh, body, { priority, delay, deadline }, options.idempotencyKey);
          terminal.out(`${job.id}\n`);
        }
      });
    });

  withTarget(jobs.command('get'))
    .description('print a job with its result')
    .argument('<id>')
    .action(async (id: string, options: TargetOptions) => {
      print(await withMesh(httpTarget(options, terminal), (mesh) => getJob(mesh, id)));
    });

  withTarget(jobs.command('list'))
    .description('list the newest jobs')
    .option('--status <status>', 'only jobs in this state')
    .option('--limit <count>', 'at most so many', readCount, 20)
    .action(async ({ status, limit, ...options }: TargetOptions & { status?: string; limit: number }) => {
      const query = new URLSearchParams({ limit: String(limit), ...(status !== undefined && { status }) });
      const reply = await withMesh(httpTarget(options, terminal), (mesh) => mesh.get(`/v1/jobs?${query.toString()}`));
      terminal.out(renderJobs(readReply(jobListReply, reply, 'The list of jobs').data));
    });

  withTarget(jobs.command('cancel'))
    .description('cancel a job that has not ended')
    .argument('<id>')
    .action(async (id: string, options: TargetOptions) => {
      const path = `/v1/jobs/${encodeURIComponent(id)}/cancel`;
      const reply = await withMesh(httpTarget(options, terminal), (mesh) => mesh.post(path, {}));
      const job = readReply(jobReply, reply.body, 'The job');
      terminal.out(`${job.id} ${job.status}\n`);
    });

  withTarget(jobs.command('wait'))
    .description('wait until jobs have ended; the exit code is 1 when one did not succeed')
    .argument('<id...>')
    .option('--timeout <seconds>', 'give up after so long', readCount, 600)
    .action(async (ids: string[], options: TargetOptions & { timeout: number }) => {
      await withMesh(httpTarget(options, terminal), async (mesh) => {
        const waits = ids.map((id) => waitForJob(mesh, id, options.timeout * 1_000, () => performance.now()));
        const ended = await Promise.all(waits);
        for (const job of ended) terminal.out(`${job.id} ${job.status}\n`);
        if (ended.some(({ status }) => status !== 'succeeded')) outcome.exitCode = 1;
      });
    });
}

function renderJobs(jobs: readonly JobReply[]): string {
  if (jobs.length === 0) return 'no jobs\n';
  const table = new Table({
    head: ['id', 'status', 'created', 'attempts', 'cost USD'],
    style: { head: [], border: [], compact: true },
  });
  for (const job of jobs) {
    table.push([job.id, job.status, job.created_at ?? '–', job.attempts.length, job.cost_usd ?? '–']);
  }
  return `${table.toString()}\n`;
}
