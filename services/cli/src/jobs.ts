/** Durable jobs over HTTP: submit, look, wait. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer, ChatBody, Door } from './doors/answer.js';
import { wholeAnswer } from './doors/answer.js';
import type { HttpMesh } from './doors/http-mesh.js';
import { CommandFailure } from './failure.js';
import { jobReply, readReply, statedFailure, type JobReply } from './replies.js';

const CHAT = '/v1/chat/completions';
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

const isEnded: Record<JobReply['status'], boolean> = {
  queued: false,
  scheduled: false,
  running: false,
  succeeded: true,
  failed: true,
  cancelled: true,
  expired: true,
};

export interface JobOptions {
  readonly priority?: string;
  readonly delay?: string;
  readonly deadline?: string;
}

/** Submits a chat completion as a job. */
export async function submitJob(
  mesh: HttpMesh,
  body: ChatBody,
  options: JobOptions = {},
  idempotencyKey?: string,
): Promise<JobReply> {
  const headers: Record<string, string> = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
  const reply = await mesh.post('/v1/jobs', { endpoint: CHAT, body, ...options }, headers);
  return readReply(jobReply, reply.body, 'The job');
}

export async function getJob(mesh: HttpMesh, id: string): Promise<JobReply> {
  return readReply(jobReply, await mesh.get(`/v1/jobs/${encodeURIComponent(id)}`), 'The job');
}

/** Asks until the job has ended, at growing distances. Throws `CommandFailure` after `patienceMs`. */
export async function waitForJob(mesh: HttpMesh, id: string, patienceMs: number, now: () => number): Promise<JobReply> {
  const until = now() + patienceMs;
  for (let attempt = 0; ; attempt++) {
    const job = await getJob(mesh, id);
    if (isEnded[job.status]) return job;
    const wait = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
    if (now() + wait > until) throw new CommandFailure(`Job ${id} is still ${job.status}`, 'deadline_exceeded');
    await pause(wait);
  }
}

/** Has completions answered as jobs, one job a request. */
export function openJobsDoor(mesh: HttpMesh, patienceMs: number, now: () => number = () => performance.now()): Door {
  return {
    send: async (body) => {
      const startedAt = now();
      const { id } = await submitJob(mesh, body);
      const job = await waitForJob(mesh, id, patienceMs, now);
      return jobAnswer(job, now() - startedAt);
    },
    close: () => Promise.resolve(),
  };
}

function jobAnswer(job: JobReply, totalMs: number): Answer {
  const status = job.result?.status_code ?? null;
  if (job.status !== 'succeeded') {
    const stated = job.result?.body ?? { error: job.error };
    const failure = statedFailure(stated, status);
    throw new CommandFailure(`Job ${job.status}: ${failure.message}`, failure.code, failure.status);
  }
  const answering = job.attempts.findLast(({ outcome }) => outcome === 'finished');
  return wholeAnswer(
    {
      requestId: null,
      vendor: answering?.vendor ?? null,
      model: answering?.model ?? null,
      // A job that ended well without an attempt was answered from the cache.
      cacheHit: job.attempts.length === 0,
      attempts: job.attempts.length,
      costUsd: job.cost_usd ?? null,
    },
    job.result?.body,
    totalMs,
  );
}
