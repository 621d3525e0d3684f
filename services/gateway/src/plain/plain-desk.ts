import { Inject, Injectable } from '@nestjs/common';
import type { AnswerEnd } from '@skein/bus';
import type { AnswerHead } from '@skein/contracts/attempt';
import { SkeinError } from '@skein/contracts/errors';
import type { PlainOperation } from '@skein/contracts/operation';
import type { RequestBody } from '@skein/contracts/wire';
import type { AdmittedChat } from '../door/admitted-chat.js';
import { CompletionDesk, type RunningChat } from '../door/completion-desk.js';
import type { DoorHeaders } from '../door/read-chat.js';
import type { PlainRequest, StreamedForm } from './plain-request.js';
import { readEmbeddings } from './read-embeddings.js';
import { readModeration } from './read-moderation.js';
import { readRerank } from './read-rerank.js';
import { readSpeech } from './read-speech.js';
import { readTranscription } from './read-transcription.js';

const readers: Readonly<Record<PlainOperation, (body: RequestBody, streamsSound: boolean) => PlainRequest>> = {
  embeddings: readEmbeddings,
  transcription: readTranscription,
  speech: readSpeech,
  moderation: readModeration,
  rerank: readRerank,
};

export interface AdmittedPlain {
  readonly chat: AdmittedChat;
  /** Of the answer, or of its stream. */
  readonly contentType: string;
  readonly streamed: StreamedForm | null;
}

/** What a door shows of an answer on its way. */
export interface PlainListener {
  onHead(head: AnswerHead): void;
  onChunk(payload: Uint8Array): void;
  onNotice(text: string): void;
}

export interface PlainAnswer {
  /** Empty where it was streamed. */
  readonly bytes: Uint8Array;
  readonly head: AnswerHead;
  readonly end: AnswerEnd;
}

export interface RunningPlain {
  readonly run: RunningChat;
  /** Rejects with the caller's SkeinError where there is nothing (more) to show. */
  readonly answered: Promise<PlainAnswer>;
}

const silent: PlainListener = { onHead: () => undefined, onChunk: () => undefined, onNotice: () => undefined };
const NOTHING = new Uint8Array(0);

/** Both doors' way to what is no conversation: the same admission, attempts and books as a completion. */
@Injectable()
export class PlainDesk {
  constructor(@Inject(CompletionDesk) private readonly completions: CompletionDesk) {}

  /**
   * `readBody` gives the canonical body; it is not called for a caller without a key. `streamsSound`: the door's custom,
   * where the caller does not say. Throws the caller's `SkeinError`.
   */
  async admit(
    operation: PlainOperation,
    readBody: () => RequestBody | Promise<RequestBody>,
    headers: DoorHeaders,
    streamsSound: boolean,
  ): Promise<AdmittedPlain> {
    let wanted: Pick<PlainRequest, 'contentType' | 'streamed'> = { contentType: '', streamed: null };
    const chat = await this.completions.admitPlain(operation, headers, async () => {
      const body = await readBody();
      const request = readers[operation](body, streamsSound);
      wanted = request;
      return { body: request.canonical ?? body, request };
    });
    return { chat, contentType: wanted.contentType, streamed: wanted.streamed };
  }

  /** Runs what was admitted. Only what is streamed is told to the listener. */
  run(
    { chat, streamed }: AdmittedPlain,
    traceparent: string | undefined,
    listener: PlainListener = silent,
  ): RunningPlain {
    let answer: Uint8Array | null = streamed === null ? null : NOTHING;
    const run = this.completions.run(chat, traceparent, {
      ...(streamed === null ? silent : listener),
      onWhole: (payload) => {
        answer = payload;
      },
    });
    const answered = run.answered.then((end): PlainAnswer => {
      if (end.status === 'succeeded' && answer !== null && end.head !== null)
        return { bytes: answer, head: end.head, end };
      throw end.error ?? new SkeinError('vendor_malformed', 'The answer ended without any content');
    });
    return { run, answered };
  }
}
