import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { BUS } from '@skein/boot';
import type { ApiMessage, Bus } from '@skein/bus';
import { SkeinError, toSkeinError } from '@skein/contracts/errors';
import { apiSubjects, type ApiSubject } from '@skein/contracts/gateway';
import { headerNames } from '@skein/contracts/wire';
import { traceparentOf, withSpan } from '@skein/telemetry';
import { AsyncOverNats } from '../async/async-over-nats.js';
import { BatchesOverNats } from '../batches/batches-over-nats.js';
import { attemptsOf, closingHeaders, headHeaders } from '../door/answer-figures.js';
import { CompletionDesk } from '../door/completion-desk.js';
import { WorkflowsOverNats } from '../workflows/workflows-over-nats.js';
import { NOTHING, encodeJson, replyEnd, replyError, wantsStream } from './api-replies.js';
import type { Answer } from './asked.js';
import { AskedOverNats } from './asked-over-nats.js';
import { JobEventsOverNats } from './job-events-over-nats.js';
import { MessagesOverNats } from './messages-over-nats.js';
import { PlainOverNats } from './plain-over-nats.js';
import { ResponsesOverNats } from './responses-over-nats.js';

type Serve = (message: ApiMessage, traceparent: string | undefined) => Promise<void>;

/** What is always a stream, so that its refusal ends as one too. */
const endsWithEnd: ReadonlySet<ApiSubject> = new Set([apiSubjects.jobsEvents, apiSubjects.filesContent]);

/** The NATS door: the same desks as over HTTP, JSON in and JSON out, frames to the inbox for streams. */
@Injectable()
export class NatsDoor implements OnApplicationBootstrap {
  constructor(
    @Inject(BUS) private readonly bus: Bus,
    @Inject(CompletionDesk) private readonly completions: CompletionDesk,
    @Inject(AskedOverNats) private readonly asked: AskedOverNats,
    @Inject(MessagesOverNats) private readonly messages: MessagesOverNats,
    @Inject(ResponsesOverNats) private readonly responses: ResponsesOverNats,
    @Inject(WorkflowsOverNats) private readonly workflows: WorkflowsOverNats,
    @Inject(BatchesOverNats) private readonly batches: BatchesOverNats,
    @Inject(PlainOverNats) private readonly plain: PlainOverNats,
    @Inject(AsyncOverNats) private readonly wishes: AsyncOverNats,
    @Inject(JobEventsOverNats) private readonly jobEvents: JobEventsOverNats,
  ) {}

  onApplicationBootstrap(): void {
    const answers = { ...this.asked.answers, ...this.batches.answers, ...this.workflows.answers };
    // Every other subject has its own way to answer: by streams, or in another dialect.
    const others: Record<Exclude<ApiSubject, keyof typeof answers>, Serve> = {
      [apiSubjects.chatCompletions]: (message, traceparent) => this.#chat(message, traceparent),
      [apiSubjects.messages]: (message, traceparent) => this.messages.serve(message, traceparent),
      [apiSubjects.countTokens]: (message, traceparent) => this.messages.count(message, traceparent),
      [apiSubjects.responses]: (message, traceparent) => this.responses.serve(message, traceparent),
      [apiSubjects.embeddings]: (message, traceparent) => this.plain.serve('embeddings', message, traceparent),
      [apiSubjects.transcriptions]: (message, traceparent) => this.plain.serve('transcription', message, traceparent),
      [apiSubjects.speech]: (message, traceparent) => this.plain.serve('speech', message, traceparent),
      [apiSubjects.moderations]: (message, traceparent) => this.plain.serve('moderation', message, traceparent),
      [apiSubjects.rerank]: (message, traceparent) => this.plain.serve('rerank', message, traceparent),
      [apiSubjects.jobsEvents]: (message) => this.jobEvents.serve(message),
      [apiSubjects.filesContent]: (message) => this.batches.content(message),
      [apiSubjects.workflowsDefine]: (message) => this.workflows.define(message),
      [apiSubjects.workflowsCheck]: (message) => this.workflows.check(message),
      [apiSubjects.workflowsPlan]: (message) => this.workflows.plan(message),
      [apiSubjects.workflowsRun]: (message, traceparent) => this.workflows.run(message, traceparent),
    };
    for (const [subject, answer] of Object.entries(answers) as [ApiSubject, Answer][])
      this.#open(subject, (message, traceparent) => this.asked.serve(answer, message, traceparent));
    for (const [subject, serve] of Object.entries(others) as [ApiSubject, Serve][]) this.#open(subject, serve);
  }

  #open(subject: ApiSubject, serve: Serve): void {
    this.bus.serveApi(subject, (message) =>
      withSpan(subject, { kind: 'server', parent: message.headers['traceparent'] }, (span) =>
        this.wishes.serve(subject, message, (each) => serve(each, traceparentOf(span))),
      ).catch((thrown: unknown) => {
        replyError(message, toSkeinError(thrown));
        if (endsWithEnd.has(subject) || wantsStream(message)) replyEnd(message);
      }),
    );
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
