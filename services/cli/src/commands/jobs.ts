import Table from 'cli-table3';
import type { Command } from 'commander';
import type { Terminal } from '../environment.js';
import { readServerSentEvents } from '../doors/server-sent-events.js';
import { CommandFailure } from '../failure.js';
import { readInput } from '../input.js';
import { getJob, submitJob, waitForJob, type JobOptions } from '../jobs.js';
import type { Outcome } from '../outcome.js';
import { readPrompts } from '../prompts.js';
import { jobListReply, jobReply, readReply, redrivenReply, type JobReply } from '../replies.js';
import { httpTarget, withTarget, type TargetOptions } from '../target.js';
import { withMesh } from '../with-mesh.js';
import { readCount } from './chat-options.js';
import { addPlanCommand } from './jobs-plan.js';

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

  addPlanCommand(jobs, terminal, outcome);

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

  withTarget(jobs.command('redrive'))
    .description('run dead letters again: one by its id, or those that failed for a reason')
    .argument('[id]')
    .option('--reason <code>', 'only jobs that ended with this error, such as all_attempts_failed')
    .option('--status <status>', 'only jobs in this state: failed, expired or cancelled')
    .option('--limit <count>', 'at most so many', readCount, 1_000)
    .action(
      async (
        id: string | undefined,
        { reason, status, limit, ...options }: TargetOptions & { reason?: string; status?: string; limit: number },
      ) => {
        if (id === undefined && reason === undefined && status === undefined)
          throw new CommandFailure('Say which: an id, --reason or --status');
        const path = id === undefined ? '/v1/jobs/redrive' : `/v1/jobs/${encodeURIComponent(id)}/redrive`;
        const body = id === undefined ? { reason, status, limit } : {};
        const reply = await withMesh(httpTarget(options, terminal), (mesh) => mesh.post(path, body));
        const many = redrivenReply.safeParse(reply.body);
        for (const each of many.success ? many.data.data : [readReply(jobReply, reply.body, 'The job')])
          terminal.out(`${each.id}\n`);
      },
    );

  withTarget(jobs.command('events'))
    .description('print what happens to a job, a line an event, until it has ended')
    .argument('<id>')
    .option('--after <event>', 'go on after this event')
    .action(async (id: string, { after, ...options }: TargetOptions & { after?: string }) => {
      await withMesh(httpTarget(options, terminal), async (mesh) => {
        const headers: Record<string, string> = after === undefined ? {} : { 'last-event-id': after };
        const { bytes } = await mesh.getStream(`/v1/jobs/${encodeURIComponent(id)}/events`, headers);
        for await (const { event, data } of readServerSentEvents(bytes)) terminal.out(`${event} ${data}\n`);
      });
    });

  withTarget(jobs.command('queue'))
    .description('print how the queue stands: depth, drain rate, when a job would begin')
    .action(async (options: TargetOptions) => {
      print(await withMesh(httpTarget(options, terminal), (mesh) => mesh.get('/v1/queue')));
    });

  withTarget(jobs.command('schedule'))
    .description('submit the job of a prompt again and again, and print the schedule')
    .argument('<cron>', 'five fields, or six with seconds first')
    .argument('<file>', 'one request or prompt, as for explain; - for standard input')
    .option('--tz <zone>', 'time zone, such as Europe/Berlin', 'UTC')
    .option('--name <name>', 'what to call it')
    .option('--model <model>', 'model of a prompt that names none', 'auto')
    .action(
      async (
        cron: string,
        file: string,
        { tz, name, model, ...options }: TargetOptions & { tz: string; name?: string; model: string },
      ) => {
        const [prompt, ...rest] = readPrompts(await readInput(file, terminal), model);
        if (prompt === undefined || rest.length > 0) throw new CommandFailure('A schedule is of one prompt');
        const job = { endpoint: '/v1/chat/completions', body: prompt.body };
        const body = { cron, tz, job, ...(name !== undefined && { name }) };
        print((await withMesh(httpTarget(options, terminal), (mesh) => mesh.post('/v1/schedules', body))).body);
      },
    );

  withTarget(jobs.command('schedules'))
    .description('print the schedules')
    .action(async (options: TargetOptions) => {
      print(await withMesh(httpTarget(options, terminal), (mesh) => mesh.get('/v1/schedules')));
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
