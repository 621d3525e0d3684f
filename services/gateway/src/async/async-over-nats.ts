import { Inject, Injectable } from '@nestjs/common';
import { LOGGER } from '@skein/boot';
import type { ApiMessage } from '@skein/bus';
import { apiSubjects, type ApiSubject } from '@skein/contracts/gateway';
import type { JobEndpoint } from '@skein/contracts/jobs';
import { RequestBody, headerNames } from '@skein/contracts/wire';
import type { IdempotencyBook } from '@skein/limits';
import type { Logger } from '@skein/telemetry';
import { z } from 'zod';
import { JobsDesk } from '../door/jobs-desk.js';
import { KeysView } from '../door/keys.view.js';
import { reply } from '../nats/api-replies.js';
import { IDEMPOTENCY_BOOK } from '../tokens.js';
import {
  becomesJobWhenExhausted,
  fingerprintOf,
  isExhausted,
  isWorthKeeping,
  prefersAsync,
  readIdempotencyKey,
  toSubmission,
} from './wishes.js';
import { claimOnce, errorIn, goOnAsJob } from './wished-answers.js';

/** Calls that can be had as jobs, by their subject. */
const endpoints: Partial<Record<ApiSubject, JobEndpoint>> = {
  [apiSubjects.chatCompletions]: '/v1/chat/completions',
  [apiSubjects.messages]: '/v1/messages',
  [apiSubjects.embeddings]: '/v1/embeddings',
  [apiSubjects.moderations]: '/v1/moderations',
  [apiSubjects.rerank]: '/v1/rerank',
};

const MOST_BYTES = 4 * 1024 * 1024;
const keptReplies = z.array(z.object({ headers: z.record(z.string(), z.string()), body: z.string() }));

type Serve = (message: ApiMessage) => Promise<void>;
type Replies = { headers: Readonly<Record<string, string>>; body: Uint8Array }[];

/** The wishes of `async-door.ts`, over NATS: the same headers, and a repetition gets the same messages. */
@Injectable()
export class AsyncOverNats {
  constructor(
    @Inject(KeysView) private readonly keys: KeysView,
    @Inject(JobsDesk) private readonly jobs: JobsDesk,
    @Inject(IDEMPOTENCY_BOOK) private readonly book: IdempotencyBook,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Serves a message as `serve` does, or as its caller wishes. Throws the caller's `SkeinError`. */
  async serve(subject: ApiSubject, message: ApiMessage, serve: Serve): Promise<void> {
    const endpoint = endpoints[subject];
    if (endpoint === undefined) return serve(message);
    const { headers } = message;
    if (prefersAsync(headers)) return this.#becomeJob(endpoint, message);
    const exhausts = becomesJobWhenExhausted(headers);
    const answer = exhausts ? (each: ApiMessage) => this.#serveOrBecomeJob(endpoint, each, serve) : serve;
    const key = readIdempotencyKey(headers);
    return key === null ? answer(message) : this.#serveOnce(subject, key, message, answer);
  }

  async #becomeJob(endpoint: JobEndpoint, message: ApiMessage): Promise<void> {
    const key = this.keys.authenticate(message.headers);
    const asked = toSubmission(endpoint, new RequestBody(message.bytes).json, message.headers);
    const { job } = await this.jobs.submit(asked, key, message.headers, message.headers['traceparent']);
    reply(message, { 'preference-applied': 'respond-async' }, job);
  }

  async #serveOrBecomeJob(endpoint: JobEndpoint, message: ApiMessage, serve: Serve): Promise<void> {
    let isJob = false;
    let becoming: Promise<void> = Promise.resolve();
    const become = async (headers: Readonly<Record<string, string>>, body: Uint8Array): Promise<void> => {
      try {
        const { headers: wished, bytes } = message;
        const asked = new RequestBody(bytes).json;
        const job = await goOnAsJob(this.jobs, endpoint, asked, this.keys.authenticate(wished), wished);
        reply(message, {}, job);
      } catch (error) {
        this.logger.warn({ err: error }, 'a call with no vendor left could not become a job');
        message.reply(headers, body);
      }
    };
    let isFirst = true;
    await serve({
      ...message,
      reply: (headers, body) => {
        const status = statusOf(headers);
        const mayBecome = isFirst && status !== null && isExhausted(status, errorIn(body));
        isFirst = false;
        if (mayBecome) {
          isJob = true;
          becoming = become(headers, body);
        } else if (!isJob) message.reply(headers, body);
      },
    });
    await becoming;
  }

  async #serveOnce(subject: ApiSubject, key: string, message: ApiMessage, serve: Serve): Promise<void> {
    const { tenant } = this.keys.authenticate(message.headers);
    const found = await claimOnce(this.book, tenant, key, fingerprintOf(subject, message.bytes));
    if (found.is === 'answered') {
      for (const { headers, body } of keptReplies.parse(JSON.parse(found.answer)))
        message.reply({ ...headers, 'idempotent-replayed': 'true' }, Buffer.from(body, 'base64'));
      return;
    }
    const said: Replies = [];
    const watched: ApiMessage = {
      ...message,
      reply: (headers, body) => {
        said.push({ headers, body });
        message.reply(headers, body);
      },
    };
    await serve(watched).catch(async (thrown: unknown) => {
      await found.claim.release();
      throw thrown;
    });
    await (isKept(said) ? found.claim.keep(write(said)) : found.claim.release());
  }
}

const statusOf = (headers: Readonly<Record<string, string>>): number | null => {
  const code = headers[headerNames.serviceErrorCode];
  return code === undefined ? null : Number(code);
};

function isKept(said: Replies): boolean {
  const bytes = said.reduce((sum, { body }) => sum + body.length, 0);
  return (
    said.length > 0 && bytes <= MOST_BYTES && said.every(({ headers }) => isWorthKeeping(statusOf(headers) ?? 200))
  );
}

const write = (said: Replies): string =>
  JSON.stringify(said.map(({ headers, body }) => ({ headers, body: Buffer.from(body).toString('base64') })));
