// What a customer submits → what is written down. Everything that can be refused is refused here, before the 202.
import { createHash } from 'node:crypto';
import { SkeinError } from '@skein/contracts/errors';
import { metadataFields, requestMetadata, type RequestMetadata } from '@skein/contracts/gateway';
import type { Caller } from '@skein/contracts/attempt';
import { jobOperations, type JobSubmission } from '@skein/contracts/jobs';
import { chatRequest } from '@skein/contracts/openai';
import { z } from 'zod';
import { targetOf } from './dispatch/held-targets.js';
import { readDuration } from './duration.js';
import type { NewJob } from './job.js';
import { placeOf } from './place.js';

export interface ReceivedSubmission {
  readonly id: string;
  readonly caller: Caller;
  readonly submission: JobSubmission;
  readonly idempotencyKey: string | null;
  readonly maxRuns: number;
  readonly now: Date;
  readonly traceparent: string | null;
  readonly webhookId?: string | null;
  readonly origin?: string;
}

/** Checks a submission and resolves its relative times. Throws `invalid_request` naming the field in `param`. */
export function readSubmission({
  id,
  caller,
  submission,
  idempotencyKey,
  maxRuns,
  now,
  traceparent,
  webhookId = null,
  origin = 'api',
}: ReceivedSubmission): NewJob {
  const body = checkBody(submission);
  const metadata = { ...readBodyMetadata(submission.body), ...submission.metadata };
  const notBefore = submission.delay === undefined ? null : readDelay(submission.delay, now);
  const deadlineAt = submission.deadline === undefined ? null : readDeadline(submission.deadline, now);
  if (deadlineAt !== null && deadlineAt <= (notBefore ?? now)) {
    throw refusal('deadline', notBefore === null ? 'lies in the past' : 'is over before the delay is');
  }
  const priority = submission.priority ?? metadata.priority ?? 'normal';
  return {
    id,
    caller: {
      ...caller,
      user: metadata.user ?? caller.user,
      cost_center: metadata.cost_center ?? caller.cost_center,
    },
    idempotencyKey,
    fingerprint: fingerprintOf(submission),
    endpoint: submission.endpoint,
    body: submission.body,
    metadata,
    priority,
    place: placeOf(priority, notBefore ?? now),
    ...targetOf(body.model, metadata.fallbacks ?? []),
    onExhausted: submission.on_exhausted ?? 'fail',
    webhookId,
    origin,
    retryUnknown: submission.retry_unknown ?? true,
    maxRuns,
    deadlineAt,
    notBefore,
    createdAt: now,
    traceparent,
  };
}

/** What is asked once and answered whole is checked by the gateway; here it must say which model it is for. */
const plainRequest = z.looseObject({ model: z.string().min(1) });

function checkBody({ endpoint, body }: JobSubmission): { readonly model: string } {
  const parsed = (jobOperations[endpoint] === 'chat' ? chatRequest : plainRequest).safeParse(body);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw refusal(['body', ...(issue?.path ?? [])].map(String).join('.'), issue?.message ?? 'is not valid');
  }
  return parsed.data;
}

/** The body's `metadata` may speak to Skein as it does on a live call; fields that are not ours are left alone. */
export function readBodyMetadata(body: JobSubmission['body']): RequestMetadata {
  const written = body['metadata'];
  if (typeof written !== 'object' || written === null) return {};
  const own = Object.fromEntries(
    Object.entries(written).filter(([field]) => metadataFields.some((ours) => ours === field)),
  );
  const parsed = requestMetadata.safeParse(own);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw refusal(['body', 'metadata', ...(issue?.path ?? [])].map(String).join('.'), issue?.message ?? 'is invalid');
}

function readDelay(delay: NonNullable<JobSubmission['delay']>, now: Date): Date {
  const ms = typeof delay === 'number' ? delay : readDuration(delay);
  if (ms === null) throw refusal('delay', 'must be milliseconds or a duration such as "10s"');
  return later(now, ms) ?? refuse('delay', 'is longer than a date can say');
}

function readDeadline(deadline: string, now: Date): Date {
  const duration = readDuration(deadline);
  if (duration !== null) return later(now, duration) ?? refuse('deadline', 'is further away than a date can say');
  const moment = /^\d{4}-\d{2}-\d{2}T/.test(deadline) ? new Date(deadline) : null;
  if (moment === null || Number.isNaN(moment.getTime())) {
    throw refusal('deadline', 'must be a moment in ISO 8601, or a duration such as "15m"');
  }
  return moment;
}

function later(now: Date, ms: number): Date | null {
  const moment = new Date(now.getTime() + ms);
  return Number.isNaN(moment.getTime()) ? null : moment;
}

/** The same submission gives the same fingerprint, in whatever order its fields are written. */
export function fingerprintOf(submission: JobSubmission): string {
  return createHash('sha256')
    .update(JSON.stringify(inOrder(submission)))
    .digest('hex');
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, field]) => [name, inOrder(field)]),
  );
}

function refusal(param: string, complaint: string): SkeinError {
  return new SkeinError('invalid_request', `"${param}" ${complaint}`, { param });
}

function refuse(param: string, complaint: string): never {
  throw refusal(param, complaint);
}
