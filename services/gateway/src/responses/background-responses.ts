import { Inject, Injectable } from '@nestjs/common';
import type { KeyRecord } from '@skein/contracts/billing';
import type { RequestBody } from '@skein/contracts/wire';
import { isObject, itemsOf, objectOf, textOf, type JsonObject } from '@skein/contracts/openai';
import {
  fromChat,
  responseIdOf,
  responseWith,
  type ResponseFrame,
  type ResponseStatus,
  type ResponsesRequest,
} from '@skein/contracts/responses';
import { JobsDesk } from '../door/jobs-desk.js';
import type { DoorHeaders } from '../door/read-chat.js';
import { inputItems, nowInSeconds } from './responses-desk.js';
import { StoredResponses } from './stored-responses.js';

type PublicJob = Awaited<ReturnType<JobsDesk['get']>>;

const statuses: Readonly<Record<PublicJob['status'], ResponseStatus>> = {
  queued: 'queued',
  scheduled: 'queued',
  running: 'in_progress',
  succeeded: 'completed',
  failed: 'failed',
  expired: 'failed',
  cancelled: 'cancelled',
};

const underWay: ReadonlySet<unknown> = new Set<ResponseStatus>(['queued', 'in_progress']);

/** Responses that nobody waits for: each is a job under the same id, and what comes of it is looked up by it. */
@Injectable()
export class BackgroundResponses {
  constructor(
    @Inject(JobsDesk) private readonly jobs: JobsDesk,
    @Inject(StoredResponses) private readonly stored: StoredResponses,
  ) {}

  /** Submits a request; accepted means durable. Throws the caller's `SkeinError`. */
  async submit(
    request: ResponsesRequest,
    body: RequestBody,
    key: KeyRecord,
    headers: DoorHeaders,
    traceparent: string | undefined,
  ): Promise<JsonObject> {
    const { job } = await this.jobs.submit(
      { endpoint: '/v1/chat/completions', body: body.json },
      key,
      headers,
      traceparent,
    );
    const frame: ResponseFrame = { id: responseIdOf(job.id), createdAt: nowInSeconds(), request, isStored: true };
    const response = responseWith(frame, { status: 'queued' });
    await this.stored.save(key.tenant, {
      id: frame.id,
      previous_id: request.previous_response_id ?? null,
      input: inputItems(request),
      response,
    });
    return response;
  }

  /** A response as it stands now. Throws `not_found`. */
  async get(id: string, key: KeyRecord, traceparent: string | undefined): Promise<JsonObject> {
    const { response, input, previous_id } = await this.stored.get(key.tenant, id);
    if (response['background'] !== true || !underWay.has(response['status'])) return response;
    const news = withJob(response, await this.jobs.get(jobIdOf(id), key, traceparent));
    if (!underWay.has(news['status'])) {
      await this.stored.save(key.tenant, { id, previous_id, input, response: news });
    }
    return news;
  }

  /** Cancels what has not ended; what has is returned as it is. Throws `not_found`. */
  async cancel(id: string, key: KeyRecord, traceparent: string | undefined): Promise<JsonObject> {
    const { response } = await this.stored.get(key.tenant, id);
    if (response['background'] === true && underWay.has(response['status'])) {
      await this.jobs.cancel(jobIdOf(id), key, traceparent);
    }
    return this.get(id, key, traceparent);
  }
}

const jobIdOf = (responseId: string): string => `job_${responseId.slice('resp_'.length)}`;

/** A response that was under way, with what its job has come to. */
function withJob(response: JsonObject, job: PublicJob): JsonObject {
  const status = statuses[job.status];
  if (status === 'completed' && job.result !== null) {
    // The stored response repeats the request's settings, so that it is all that the answer has to be laid over.
    const {
      output,
      usage,
      model,
      status: ended,
      incomplete_details,
    } = fromChat(job.result.body, null, {
      id: textOf(response.id),
      createdAt: 0,
      request: { model: textOf(response.model), input: '' },
      isStored: true,
    });
    return { ...response, output, usage, model, status: ended, incomplete_details };
  }
  if (status !== 'failed') return { ...response, status, output: itemsOf(response.output) };
  return { ...response, status, error: { code: 'server_error', message: messageOf(job) } };
}

function messageOf(job: PublicJob): string {
  const told = objectOf(objectOf(job.result?.body).error).message;
  const error = isObject(job.error) ? textOf(job.error.message) : '';
  return textOf(told) || error || `The job ${job.status}`;
}
