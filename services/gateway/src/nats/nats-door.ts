import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { BUS } from '@skein/boot';
import type { ApiMessage, Bus } from '@skein/bus';
import { SkeinError, toSkeinError } from '@skein/contracts/errors';
import { apiSubjects, type ApiSubject } from '@skein/contracts/gateway';
import { RequestBody, headerNames } from '@skein/contracts/wire';
import { traceparentOf, withSpan } from '@skein/telemetry';
import { z } from 'zod';
import { AsyncOverNats } from '../async/async-over-nats.js';
import { attemptsOf, closingHeaders, headHeaders } from '../door/answer-figures.js';
import { CompletionDesk } from '../door/completion-desk.js';
import { ExplainDesk } from '../door/explain-desk.js';
import { JobsDesk } from '../door/jobs-desk.js';
import { KeysView } from '../door/keys.view.js';
import { PoliciesDesk, type PolicyVerb } from '../door/policies-desk.js';
import { invalidField } from '../door/read-chat.js';
import { NOTHING, encodeJson, reply, replyEnd, replyError, wantsStream } from './api-replies.js';
import { JobEventsOverNats } from './job-events-over-nats.js';
import { WorkflowsOverNats } from '../workflows/workflows-over-nats.js';
import { MessagesOverNats } from './messages-over-nats.js';
import { PlainOverNats } from './plain-over-nats.js';
import { ResponsesOverNats } from './responses-over-nats.js';

const jobAddress = z.strictObject({ id: z.string().min(1) });

type Serve = (message: ApiMessage, traceparent: string | undefined) => Promise<void>;

/** The NATS door: the same desks as over HTTP, JSON in and JSON out, frames to the inbox for streams. */
@Injectable()
export class NatsDoor implements OnApplicationBootstrap {
  constructor(
    @Inject(BUS) private readonly bus: Bus,
    @Inject(KeysView) private readonly keys: KeysView,
    @Inject(CompletionDesk) private readonly completions: CompletionDesk,
    @Inject(JobsDesk) private readonly jobs: JobsDesk,
    @Inject(ExplainDesk) private readonly explanations: ExplainDesk,
    @Inject(PoliciesDesk) private readonly policies: PoliciesDesk,
    @Inject(MessagesOverNats) private readonly messages: MessagesOverNats,
    @Inject(ResponsesOverNats) private readonly responses: ResponsesOverNats,
    @Inject(WorkflowsOverNats) private readonly workflows: WorkflowsOverNats,
    @Inject(PlainOverNats) private readonly plain: PlainOverNats,
    @Inject(AsyncOverNats) private readonly wishes: AsyncOverNats,
    @Inject(JobEventsOverNats) private readonly jobEvents: JobEventsOverNats,
  ) {}

  onApplicationBootstrap(): void {
    const servers: Record<ApiSubject, Serve> = {
      [apiSubjects.chatCompletions]: (message, traceparent) => this.#chat(message, traceparent),
      [apiSubjects.jobsSubmit]: async (message, traceparent) => {
        const key = this.keys.authenticate(message.headers);
        const { job } = await this.jobs.submit(jsonOf(message), key, message.headers, traceparent);
        reply(message, {}, job);
      },
      [apiSubjects.jobsGet]: async (message, traceparent) => {
        const key = this.keys.authenticate(message.headers);
        reply(message, {}, await this.jobs.get(jobIdOf(message), key, traceparent));
      },
      [apiSubjects.jobsCancel]: async (message, traceparent) => {
        const key = this.keys.authenticate(message.headers);
        reply(message, {}, await this.jobs.cancel(jobIdOf(message), key, traceparent));
      },
      [apiSubjects.jobsList]: async (message, traceparent) => {
        const key = this.keys.authenticate(message.headers);
        reply(message, {}, await this.jobs.list(jsonOf(message), key, traceparent));
      },
      [apiSubjects.jobsEvents]: (message) => this.jobEvents.serve(message),
      [apiSubjects.jobsRedrive]: async (message, traceparent) => {
        const key = this.keys.authenticate(message.headers);
        reply(message, {}, await this.jobs.redrive(jsonOf(message), key, traceparent));
      },
      [apiSubjects.jobsQueue]: async (message, traceparent) => {
        const key = this.keys.authenticate(message.headers);
        reply(message, {}, await this.jobs.queue(key, traceparent));
      },
      [apiSubjects.explain]: async (message, traceparent) => {
        const key = this.keys.authenticate(message.headers);
        reply(message, {}, await this.explanations.explain(jsonOf(message), key, message.headers, traceparent));
      },
      [apiSubjects.workflowsDefine]: (message) => this.workflows.define(message),
      [apiSubjects.workflowsPlan]: (message) => this.workflows.plan(message),
      [apiSubjects.workflowsRun]: (message, traceparent) => this.workflows.run(message, traceparent),
      [apiSubjects.workflowsGet]: (message) => this.workflows.get(message),
      [apiSubjects.workflowsCancel]: (message) => this.workflows.cancel(message),
      [apiSubjects.messages]: (message, traceparent) => this.messages.serve(message, traceparent),
      [apiSubjects.responses]: (message, traceparent) => this.responses.serve(message, traceparent),
      [apiSubjects.embeddings]: (message, traceparent) => this.plain.serve('embeddings', message, traceparent),
      [apiSubjects.transcriptions]: (message, traceparent) => this.plain.serve('transcription', message, traceparent),
      [apiSubjects.speech]: (message, traceparent) => this.plain.serve('speech', message, traceparent),
      [apiSubjects.moderations]: (message, traceparent) => this.plain.serve('moderation', message, traceparent),
      [apiSubjects.rerank]: (message, traceparent) => this.plain.serve('rerank', message, traceparent),
      [apiSubjects.policiesList]: this.#policies('list'),
      [apiSubjects.policiesShow]: this.#policies('show'),
      [apiSubjects.policiesSchema]: this.#policies('schema'),
      [apiSubjects.policiesLint]: this.#policies('lint'),
      [apiSubjects.policiesDiff]: this.#policies('diff'),
      [apiSubjects.policiesApply]: this.#policies('apply'),
      [apiSubjects.policiesRollback]: this.#policies('rollback'),
      [apiSubjects.policiesRollouts]: this.#policies('rollouts'),
      [apiSubjects.policiesSteer]: this.#policies('steer'),
    };
    for (const [subject, serve] of Object.entries(servers) as [ApiSubject, Serve][]) {
      this.bus.serveApi(subject, (message) =>
        withSpan(subject, { kind: 'server', parent: message.headers['traceparent'] }, (span) =>
          this.wishes.serve(subject, message, (each) => serve(each, traceparentOf(span))),
        ).catch((thrown: unknown) => {
          replyError(message, toSkeinError(thrown));
          if (wantsStream(message)) replyEnd(message);
        }),
      );
    }
  }

  #policies(verb: PolicyVerb): (message: ApiMessage, traceparent: string | undefined) => Promise<void> {
    return async (message, traceparent) => {
      const key = this.keys.authenticate(message.headers);
      const asked = message.bytes.length === 0 ? {} : jsonOf(message);
      reply(message, {}, await this.policies.do(verb, asked, key, traceparent));
    };
  }

  async #chat(message: ApiMessage, traceparent: string | undefined): Promise<void> {
    const chat = await this.completions.admit(message.bytes, message.headers);
    const { request_id: requestId, stream } = chat.order;
    let answer: Uint8Array | null = null;
    const run = this.completions.run(chat, traceparent, {
      onHead: (head) => {
        if (stream) message.reply({ [headerNames.kind]: 'notice', ...headHeaders(requestId, head) }, NOTHING);
      },
      onChunk: (payload) => message.reply({ [headerNames.kind]: 'chunk' }, payload),
      onNotice: (text) => message.reply({ [headerNames.kind]: 'notice' }, encodeJson({ notice: text })),
      onWhole: (payload) => {
        answer = payload;
      },
    });
    const end = await run.answered;
    if (end.status !== 'succeeded') {
      replyError(message, end.error ?? new SkeinError('internal', 'The answer ended without a reason'), requestId);
      if (stream) replyEnd(message);
    } else if (stream) {
      replyEnd(message);
    } else if (answer !== null && end.head !== null) {
      const result = end.head.attempt_no === 1 ? null : await run.result;
      const figures = closingHeaders(attemptsOf(result, end), performance.now() - chat.receivedAt);
      message.reply({ ...headHeaders(requestId, end.head), ...figures }, answer);
    }
  }
}

function jsonOf(message: ApiMessage): unknown {
  return new RequestBody(message.bytes).json;
}

function jobIdOf(message: ApiMessage): string {
  const parsed = jobAddress.safeParse(jsonOf(message));
  if (!parsed.success) throw invalidField(parsed.error);
  return parsed.data.id;
}
