import { Inject, Injectable } from '@nestjs/common';
import { BUS } from '@skein/boot';
import { newId, type Bus } from '@skein/bus';
import type { KeyRecord } from '@skein/contracts/billing';
import { SkeinError, fromWireError, toAnthropicError, wireError, invalidField } from '@skein/contracts/errors';
import {
  CancelJob,
  GetJob,
  ListJobs,
  ReadJobEvents,
  ReadQueue,
  RedriveJobs,
  SubmitJob,
  jobEndpoints,
  jobOperations,
  jobStatuses,
  jobSubmission,
  type JobEndpoint,
  type JobFilter,
  type JobSubmission,
  type JobView,
} from '@skein/contracts/jobs';
import { chatRequest } from '@skein/contracts/openai';
import { RequestBody, type CallContext } from '@skein/contracts/wire';
import { z } from 'zod';
import { askRoom } from './ask-room.js';
import { fromChat } from '../anthropic/from-chat.js';
import { readMessagesRequest } from '../anthropic/messages-request.js';
import { readBetas, toChat } from '../anthropic/to-chat.js';
import { readEmbeddings } from '../plain/read-embeddings.js';
import { readModeration } from '../plain/read-moderation.js';
import { readRerank } from '../plain/read-rerank.js';
import { callerOf } from './completion-desk.js';
import { publicJob, publicListing } from './public-views.js';
import { readMetadata, type DoorHeaders } from './read-chat.js';

const JOB_CALL_MS = 15_000;
/** Longest wait of one look at a job's events; the next look follows at once. */
const EVENTS_WAIT_MS = 15_000;

const moment = z.iso.datetime({ offset: true });
const filterFields = {
  status: z.enum(jobStatuses).optional(),
  endpoint: z.enum(jobEndpoints).optional(),
  reason: z.string().min(1).optional(),
  created_after: moment.optional(),
  created_before: moment.optional(),
};
const listQuery = z.strictObject({
  ...filterFields,
  limit: z.coerce.number().int().min(1).max(100).default(20),
  after: z.string().min(1).optional(),
});
const redriveRequest = z.union([
  z.strictObject({ id: z.string().min(1) }),
  z.strictObject({ ...filterFields, limit: z.int().min(1).max(10_000).default(1_000) }),
]);

/** How a body of each endpoint becomes the canonical one. */
const canonicalBodies: Record<JobEndpoint, (body: JobSubmission['body'], headers: DoorHeaders) => unknown> = {
  '/v1/embeddings': (body) => checked(body, readEmbeddings),
  '/v1/moderations': (body) => checked(body, readModeration),
  '/v1/rerank': (body) => checked(body, readRerank),
  '/v1/chat/completions': (body) => body,
  '/v1/messages': (body, headers) =>
    toChat(readMessagesRequest(RequestBody.of(body)), readBetas(headers['anthropic-beta'])),
};

/** How the canonical answer of each endpoint is shown. */
const asItIs = ({ result }: JobView): JobView['result'] => result;
const shownResults: Record<JobEndpoint, (job: JobView) => JobView['result']> = {
  '/v1/chat/completions': asItIs,
  '/v1/embeddings': asItIs,
  '/v1/moderations': asItIs,
  '/v1/rerank': asItIs,
  '/v1/messages': ({ id, result, attempts }) => {
    if (result === null) return null;
    if (result.status_code >= 400) {
      const stated = wireError.safeParse((result.body as { error?: unknown }).error);
      const error = stated.success
        ? fromWireError(stated.data)
        : new SkeinError('all_attempts_failed', readMessage(result.body), { status: result.status_code });
      return { ...result, body: toAnthropicError(error, id) };
    }
    const usage = attempts.findLast(({ outcome }) => outcome === 'finished')?.usage ?? null;
    return { ...result, body: fromChat(result.body, usage) };
  },
};

/** Both doors' way to the jobs room. */
@Injectable()
export class JobsDesk {
  constructor(@Inject(BUS) private readonly bus: Bus) {}

  /** Accepted means durable. The body is checked as its endpoint would; nothing wrong is ever queued. */
  async submit(asked: unknown, key: KeyRecord, headers: DoorHeaders, traceparent: string | undefined) {
    const { submission, user, cost_center: costCenter } = canonicalJob(read(jobSubmission, asked), headers);
    const { job, created } = await askRoom(
      'jobs',
      this.bus.call(
        SubmitJob,
        {
          caller: callerOf(key, user, costCenter),
          submission,
          idempotency_key: headers['idempotency-key'] ?? null,
        },
        contextOf(key, traceparent),
      ),
    );
    return { job: show(job), created };
  }

  async get(id: string, key: KeyRecord, traceparent: string | undefined) {
    return show(await askRoom('jobs', this.bus.call(GetJob, { tenant: key.tenant, id }, contextOf(key, traceparent))));
  }

  async cancel(id: string, key: KeyRecord, traceparent: string | undefined) {
    return show(
      await askRoom('jobs', this.bus.call(CancelJob, { tenant: key.tenant, id }, contextOf(key, traceparent))),
    );
  }

  async list(query: unknown, key: KeyRecord, traceparent: string | undefined) {
    const { limit, after = null, ...filter } = read(listQuery, query);
    const asked = { tenant: key.tenant, limit, after, ...wholeFilter(filter) };
    const { jobs, has_more } = await askRoom('jobs', this.bus.call(ListJobs, asked, contextOf(key, traceparent)));
    return { object: 'list', data: jobs.map(publicListing), has_more, last_id: jobs.at(-1)?.id ?? null };
  }

  /** Dead letters round again: one by its id, or those of a filter. */
  async redrive(asked: unknown, key: KeyRecord, traceparent: string | undefined) {
    const request = read(redriveRequest, asked);
    const which = 'id' in request ? { id: request.id } : { ...wholeFilter(request), limit: request.limit };
    const { redriven } = await askRoom(
      'jobs',
      this.bus.call(RedriveJobs, { tenant: key.tenant, which }, contextOf(key, traceparent)),
    );
    return { object: 'list', data: redriven.map((id) => ({ id, object: 'job' })) };
  }

  async queue(key: KeyRecord, traceparent: string | undefined) {
    const figures = await askRoom(
      'jobs',
      this.bus.call(ReadQueue, { tenant: key.tenant }, contextOf(key, traceparent)),
    );
    return { object: 'queue', ...figures };
  }

  /**
   * One look at what happened to a job after the event `after`; it may wait a while for something to happen. Any gateway and
   * any jobs room can take the next.
   */
  events(id: string, after: string | null, key: KeyRecord, signal: AbortSignal, waitMs = EVENTS_WAIT_MS) {
    const context = { ...contextOf(key, undefined), deadline: performance.now() + waitMs + JOB_CALL_MS, signal };
    return askRoom('jobs', this.bus.call(ReadJobEvents, { tenant: key.tenant, id, after, wait_ms: waitMs }, context));
  }
}

/** A submission whose body is the canonical one, and on whose behalf it is. Throws what the endpoint itself would refuse. */
export function canonicalJob(submission: JobSubmission, headers: DoorHeaders) {
  const body = canonicalBodies[submission.endpoint](submission.body, headers);
  const isChat = jobOperations[submission.endpoint] === 'chat';
  const request = (isChat ? chatRequest : plainBody).safeParse(body);
  if (!request.success) throw invalidField(request.error, 'body.');
  const metadata = { ...readMetadata(request.data.metadata, headers), ...submission.metadata };
  return {
    submission: { ...submission, body: body as JobSubmission['body'], metadata },
    user: metadata.user ?? request.data.user,
    cost_center: metadata.cost_center,
  };
}

/** What every body says, whatever is asked. */
const plainBody = z.looseObject({
  user: z.string().optional(),
  metadata: z.record(z.string(), z.unknown()).nullable().optional(),
});

/** The body as it is, once its endpoint has found nothing wrong with it. */
function checked(body: JobSubmission['body'], check: (body: RequestBody) => unknown): unknown {
  check(RequestBody.of(body));
  return body;
}

function read<Value>(schema: z.ZodType<Value>, asked: unknown): Value {
  const parsed = schema.safeParse(asked);
  if (!parsed.success) throw invalidField(parsed.error);
  return parsed.data;
}

function wholeFilter(given: { [Field in keyof JobFilter]?: NonNullable<JobFilter[Field]> | undefined }): JobFilter {
  return {
    status: given.status ?? null,
    endpoint: given.endpoint ?? null,
    reason: given.reason ?? null,
    created_after: given.created_after ?? null,
    created_before: given.created_before ?? null,
  };
}

function show(job: JobView) {
  return publicJob({ ...job, result: shownResults[job.endpoint](job) });
}

function readMessage(body: unknown): string {
  const { error } = body as { error?: { message?: unknown } };
  return typeof error?.message === 'string' ? error.message : 'The job failed';
}

function contextOf(key: KeyRecord, traceparent: string | undefined): CallContext {
  return { requestId: newId('req'), tenant: key.tenant, deadline: performance.now() + JOB_CALL_MS, traceparent };
}
