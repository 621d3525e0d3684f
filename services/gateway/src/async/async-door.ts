import { SkeinError, toSkeinError } from '@skein/contracts/errors';
import type { JobEndpoint } from '@skein/contracts/jobs';
import { RequestBody } from '@skein/contracts/wire';
import type { IdempotencyBook } from '@skein/limits';
import type { Logger } from '@skein/telemetry';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { speaksAnthropic } from '../anthropic/speaks-anthropic.js';
import type { JobsDesk } from '../door/jobs-desk.js';
import type { KeysView } from '../door/keys.view.js';
import { newRequestId, sendAnthropicError } from '../http/anthropic-errors.js';
import { doorHeadersOf } from '../http/door-headers.js';
import { sendError } from '../http/error.filter.js';
import { readKept, watchAnswer } from './kept-answer.js';
import { claimOnce, errorIn, goOnAsJob } from './wished-answers.js';
import {
  becomesJobWhenExhausted,
  fingerprintOf,
  isExhausted,
  isWorthKeeping,
  jobEndpointOf,
  prefersAsync,
  readIdempotencyKey,
  toSubmission,
} from './wishes.js';

export interface AsyncDoorParts {
  readonly keys: KeysView;
  readonly jobs: JobsDesk;
  readonly book: IdempotencyBook;
  readonly logger: Logger;
}

/**
 * What any synchronous call can be asked for beside its answer: `Prefer: respond-async` makes it a job at once,
 * `x-skein-on-exhausted: job` when no vendor is left, and an `Idempotency-Key` gives a repetition the answer that was
 * given. In front of the calls, so that none of them knows.
 */
export function openAsyncDoor(fastify: FastifyInstance, { keys, jobs, book, logger }: AsyncDoorParts): void {
  // Most requests wish for nothing, and do not wait a turn to be told so.
  fastify.addHook('preHandler', (request, reply, done) => {
    const { prefer, 'idempotency-key': key, 'x-skein-on-exhausted': onExhausted } = request.headers;
    const endpoint =
      prefer === undefined && key === undefined && onExhausted === undefined ? null : endpointOf(request);
    if (endpoint === null) return done();
    void heed(endpoint, request, reply).then(() => done(), done);
  });

  fastify.addHook('onSend', (request, reply, payload, done) => {
    const isFine = reply.statusCode < 400 || request.headers['x-skein-on-exhausted'] === undefined;
    const endpoint = isFine ? null : endpointOf(request);
    if (endpoint === null) return done(null, payload);
    void answerOrJob(endpoint, request, reply, payload).then((said) => done(null, said), done);
  });

  async function heed(endpoint: JobEndpoint, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const headers = doorHeadersOf(request.headers);
    try {
      becomesJobWhenExhausted(headers);
      if (prefersAsync(headers)) await becomeJob(endpoint, request, reply);
      else if (headers['idempotency-key'] !== undefined) await claimKey(endpoint, request, reply);
    } catch (thrown) {
      refuse(request, reply, toSkeinError(thrown));
    }
  }

  async function answerOrJob(
    endpoint: JobEndpoint,
    request: FastifyRequest,
    reply: FastifyReply,
    payload: unknown,
  ): Promise<unknown> {
    const headers = doorHeadersOf(request.headers);
    if (headers['x-skein-on-exhausted'] !== 'job' || !isExhausted(reply.statusCode, errorIn(payload))) return payload;
    try {
      const job = await goOnAsJob(jobs, endpoint, bodyOf(request), keys.authenticate(headers), headers);
      void reply.removeHeader('retry-after').code(202).headers(jobHeaders(job.id));
      return JSON.stringify(job);
    } catch (error) {
      logger.warn({ err: error }, 'a call with no vendor left could not become a job');
      return payload;
    }
  }

  async function becomeJob(endpoint: JobEndpoint, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const headers = doorHeadersOf(request.headers);
    const asked = toSubmission(endpoint, bodyOf(request), headers);
    const { job, created } = await jobs.submit(asked, keys.authenticate(headers), headers, headers['traceparent']);
    await reply
      .code(created ? 202 : 200)
      .headers({ ...jobHeaders(job.id), 'preference-applied': 'respond-async' })
      .send(job);
  }

  async function claimKey(endpoint: JobEndpoint, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const headers = doorHeadersOf(request.headers);
    const { tenant } = keys.authenticate(headers);
    const key = readIdempotencyKey(headers);
    if (key === null) return;
    const found = await claimOnce(book, tenant, key, fingerprintOf(endpoint, bytesOf(request)));
    if (found.is === 'answered') return repeat(reply, found.answer);
    void watchAnswer(reply.raw).then(({ answer, isWhole }) =>
      isWhole && isWorthKeeping(answer.status) ? found.claim.keep(JSON.stringify(answer)) : found.claim.release(),
    );
  }
}

/** Says again what was said. */
function repeat(reply: FastifyReply, written: string): void {
  const { status, headers, body } = readKept(written);
  if (body === null) {
    throw new SkeinError(
      'conflict',
      `The answer to this request was too long to be kept; it was request ${headers['x-request-id'] ?? 'unknown'}.`,
      { param: 'Idempotency-Key' },
    );
  }
  const bytes = Buffer.from(body, 'base64');
  reply.hijack();
  reply.raw.writeHead(status, { ...headers, 'content-length': bytes.length, 'idempotent-replayed': 'true' }).end(bytes);
}

function refuse(request: FastifyRequest, reply: FastifyReply, error: SkeinError): void {
  if (speaksAnthropic(request.url, doorHeadersOf(request.headers))) sendAnthropicError(reply, error, newRequestId());
  else sendError(reply, error);
}

const endpointOf = ({ method, url }: FastifyRequest): JobEndpoint | null =>
  method === 'POST' ? jobEndpointOf(url.split('?')[0] ?? '') : null;

const bytesOf = ({ body }: FastifyRequest): Uint8Array => (body instanceof Uint8Array ? body : new Uint8Array(0));

const bodyOf = (request: FastifyRequest): unknown => new RequestBody(bytesOf(request)).json;

const jobHeaders = (id: string): Record<string, string> => ({
  'content-type': 'application/json; charset=utf-8',
  location: `/v1/jobs/${id}`,
});
