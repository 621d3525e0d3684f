import { Inject, Injectable } from '@nestjs/common';
import { BUS } from '@skein/boot';
import { newId, type Bus } from '@skein/bus';
import type { KeyRecord } from '@skein/contracts/billing';
import { SkeinError, toSkeinError } from '@skein/contracts/errors';
import {
  CancelJob,
  GetJob,
  ListJobs,
  SubmitJob,
  jobStatuses,
  jobSubmission,
  type JobStatus,
} from '@skein/contracts/jobs';
import { chatRequest } from '@skein/contracts/openai';
import type { CallContext } from '@skein/contracts/wire';
import { callerOf } from './completion-desk.js';
import { publicJob } from './public-views.js';
import { invalidField, readMetadata, type DoorHeaders } from './read-chat.js';

const JOB_CALL_MS = 15_000;
const DEFAULT_PAGE = 20;

/** Both doors' way to the jobs room. */
@Injectable()
export class JobsDesk {
  constructor(@Inject(BUS) private readonly bus: Bus) {}

  /** Accepted means durable. The body is checked as its endpoint would; nothing wrong is ever queued. */
  async submit(asked: unknown, key: KeyRecord, headers: DoorHeaders, traceparent: string | undefined) {
    const parsed = jobSubmission.safeParse(asked);
    if (!parsed.success) throw invalidField(parsed.error);
    const submission = parsed.data;
    const chat = chatRequest.safeParse(submission.body);
    if (!chat.success) throw invalidField(chat.error, 'body.');
    if (chat.data.stream === true) {
      throw new SkeinError('invalid_request', 'body.stream: a job has nobody to stream to; leave it out', {
        param: 'body.stream',
      });
    }
    const metadata = { ...readMetadata(chat.data.metadata, headers), ...submission.metadata };
    const { job, created } = await this.#call(
      this.bus.call(
        SubmitJob,
        {
          caller: callerOf(key, metadata.user ?? chat.data.user, metadata.cost_center),
          submission: { ...submission, metadata },
          idempotency_key: headers['idempotency-key'] ?? null,
        },
        contextOf(key, traceparent),
      ),
    );
    return { job: publicJob(job), created };
  }

  async get(id: string, key: KeyRecord, traceparent: string | undefined) {
    return publicJob(await this.#call(this.bus.call(GetJob, { tenant: key.tenant, id }, contextOf(key, traceparent))));
  }

  async cancel(id: string, key: KeyRecord, traceparent: string | undefined) {
    return publicJob(
      await this.#call(this.bus.call(CancelJob, { tenant: key.tenant, id }, contextOf(key, traceparent))),
    );
  }

  async list(
    query: { status?: string; limit?: string; after?: string },
    key: KeyRecord,
    traceparent: string | undefined,
  ) {
    const limit = query.limit === undefined ? DEFAULT_PAGE : Number(query.limit);
    if (!Number.isInteger(limit) || limit < 1 || limit > 100) {
      throw new SkeinError('invalid_request', 'limit: must be a whole number from 1 to 100', { param: 'limit' });
    }
    if (query.status !== undefined && !isJobStatus(query.status)) {
      throw new SkeinError('invalid_request', `status: must be one of ${jobStatuses.join(', ')}`, { param: 'status' });
    }
    const { jobs, has_more } = await this.#call(
      this.bus.call(
        ListJobs,
        { tenant: key.tenant, status: query.status ?? null, limit, after: query.after ?? null },
        contextOf(key, traceparent),
      ),
    );
    return { object: 'list', data: jobs.map(publicJob), has_more };
  }

  async #call<Reply>(call: Promise<Reply>): Promise<Reply> {
    return call.catch((thrown: unknown) => {
      const error = toSkeinError(thrown);
      if (error.code !== 'no_responders') throw error;
      throw new SkeinError('unavailable', 'The jobs room is not running at the moment', {
        retryAfterMs: 1_000,
        cause: error,
      });
    });
  }
}

function contextOf(key: KeyRecord, traceparent: string | undefined): CallContext {
  return { requestId: newId('req'), tenant: key.tenant, deadline: performance.now() + JOB_CALL_MS, traceparent };
}

function isJobStatus(text: string): text is JobStatus {
  return (jobStatuses as readonly string[]).includes(text);
}
