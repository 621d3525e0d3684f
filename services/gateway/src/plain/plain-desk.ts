import { Inject, Injectable } from '@nestjs/common';
import type { AnswerEnd } from '@skein/bus';
import type { AnswerHead } from '@skein/contracts/attempt';
import { SkeinError } from '@skein/contracts/errors';
import type { PlainOperation } from '@skein/contracts/operation';
import type { RequestBody } from '@skein/contracts/wire';
import type { AdmittedChat } from '../door/admitted-chat.js';
import { CompletionDesk, type RunningChat } from '../door/completion-desk.js';
import type { DoorHeaders } from '../door/read-chat.js';
import type { PlainRequest } from './plain-request.js';
import { readEmbeddings } from './read-embeddings.js';
import { readModeration } from './read-moderation.js';
import { readRerank } from './read-rerank.js';
import { readSpeech } from './read-speech.js';
import { readTranscription } from './read-transcription.js';

const readers: Readonly<Record<PlainOperation, (body: RequestBody) => PlainRequest>> = {
  embeddings: readEmbeddings,
  transcription: readTranscription,
  speech: readSpeech,
  moderation: readModeration,
  rerank: readRerank,
};

export interface AdmittedPlain {
  readonly chat: AdmittedChat;
  readonly contentType: string;
}

export interface PlainAnswer {
  readonly bytes: Uint8Array;
  readonly head: AnswerHead;
  readonly end: AnswerEnd;
}

export interface RunningPlain {
  readonly run: RunningChat;
  /** Rejects with the caller's SkeinError where there is nothing to show. */
  readonly answered: Promise<PlainAnswer>;
}

/** Both doors' way to what is asked once and answered whole: the same admission, attempts and books as a completion. */
@Injectable()
export class PlainDesk {
  constructor(@Inject(CompletionDesk) private readonly completions: CompletionDesk) {}

  /** `readBody` gives the canonical body; it is not called for a caller without a key. Throws the caller's `SkeinError`. */
  async admit(
    operation: PlainOperation,
    readBody: () => RequestBody | Promise<RequestBody>,
    headers: DoorHeaders,
  ): Promise<AdmittedPlain> {
    let contentType = '';
    const chat = await this.completions.admitPlain(operation, headers, async () => {
      const body = await readBody();
      const request = readers[operation](body);
      contentType = request.contentType;
      return { body, request };
    });
    return { chat, contentType };
  }

  /** Runs what was admitted. */
  run({ chat }: AdmittedPlain, traceparent: string | undefined): RunningPlain {
    let answer: Uint8Array | null = null;
    const run = this.completions.run(chat, traceparent, {
      onHead: () => undefined,
      onChunk: () => undefined,
      onNotice: () => undefined,
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
