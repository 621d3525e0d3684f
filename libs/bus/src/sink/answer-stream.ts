import { noticeFrame, usageFrame, type AnswerHead, type UsageFrame } from '@skein/contracts/attempt';
import { SkeinError, fromWireError, wireError } from '@skein/contracts/errors';
import type { FenceReply, SwitchRequest } from '@skein/contracts/sink';
import type { Frame, FrameKind, StopSignal } from '@skein/contracts/wire';
import type { z } from 'zod';
import { PayloadLines } from './payload-lines.js';
import { Seam } from './seam.js';
import { readShownText } from './shown-text.js';
import { tryDecodeJson } from '../wire-json.js';

/** Shown chunks are kept for a continuation and for the cache, up to here; a longer answer can have neither. */
export const KEPT_BYTES = 4 * 1024 * 1024;
/** Frames before the first content (a role, a vendor's preamble) wait for it; a vendor that sends more is cut off. */
const MAX_PREAMBLE = 64;
const MAX_WHOLE_BYTES = 64 * 1024 * 1024;

/** What a frame of our own words says: as it was written in this process, else as its bytes read; undefined where they do not. */
function wordsOf<Words>(frame: Frame, schema: z.ZodType<Words>): Words | undefined {
  if (frame.told !== undefined) return frame.told as Words;
  const parsed = schema.safeParse(tryDecodeJson(frame.payload));
  return parsed.success ? parsed.data : undefined;
}

/** What the customer's side hears, in order: the head once, then chunks or one whole. */
export interface AnswerListener {
  onHead(head: AnswerHead): void;
  onChunk(payload: Uint8Array): void;
  onWhole(payload: Uint8Array): void;
  /** Something the customer should be told in passing. */
  onNotice(text: string): void;
}

export interface AnswerEnd {
  readonly status: 'succeeded' | 'failed' | 'cancelled';
  readonly head: AnswerHead | null;
  readonly usage: UsageFrame | null;
  readonly error: SkeinError | null;
  /** Had the customer seen anything when it ended? */
  readonly committed: boolean;
  /** The answer as it was shown, for the cache, chunks a line each; null when it was too long to keep. */
  readonly kept: { readonly form: 'whole' | 'chunks'; readonly bytes: Uint8Array } | null;
}

interface AttemptView {
  nextSeq: number;
  fenced: boolean;
  head: AnswerHead | null;
  usage: UsageFrame | null;
  preamble: Uint8Array[];
  notices: string[];
  parts: Uint8Array[];
  partBytes: number;
  failed: SkeinError | null;
  /** Set where it goes on from what another attempt had shown. */
  seam: Seam | null;
}

/**
 * The sink's side of one request: it decides which frames count (ATTEMPTS, "Which frames count"). The first frame with
 * content commits its attempt; frames of others, and of fenced attempts, are dropped for good. No I/O and no clock: frames
 * and the conductor's words come in, the listener and one end go out.
 */
export class AnswerStream {
  readonly #attempts = new Map<number, AttemptView>();
  #committed: number | null = null;
  readonly #shown = new PayloadLines();
  #shownBytes = 0;
  #whole: Uint8Array | null = null;
  #headShown: AnswerHead | null = null;
  #end: AnswerEnd | null = null;
  readonly #commitWaiters = new Set<() => void>();

  constructor(
    private readonly listener: AnswerListener,
    private readonly onEnd: (end: AnswerEnd) => void,
  ) {}

  get isOver(): boolean {
    return this.#end !== null;
  }

  get isCommitted(): boolean {
    return this.#committed !== null;
  }

  /** The attempt that is shown; null while none is. */
  get committed(): number | null {
    return this.#committed;
  }

  /** Resolves when an attempt has committed, the answer is over, or nobody waits any more. */
  whenCommitted(signal: StopSignal): Promise<void> {
    if (this.#committed !== null || this.#end !== null || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#commitWaiters.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#commitWaiters.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  /** Has any attempt said anything yet? */
  get hasHeard(): boolean {
    return this.#attempts.size > 0;
  }

  take(attemptNo: number, frame: Frame): void {
    if (this.#end !== null) return;
    const attempt = this.#attempt(attemptNo);
    if (attempt.fenced || (this.#committed !== null && this.#committed !== attemptNo)) return;
    if (frame.seq !== attempt.nextSeq) {
      const gap = new SkeinError('frame_gap', `Frame ${attempt.nextSeq} of attempt ${attemptNo} did not arrive`);
      attempt.fenced = true;
      attempt.failed = gap;
      if (this.#committed === attemptNo) this.#finish('failed', gap);
      return;
    }
    attempt.nextSeq += 1;
    AnswerStream.#kinds[frame.kind](this, attemptNo, attempt, frame);
  }

  /** From the reply on, the attempt's frames are dropped for good. */
  fence(attemptNo: number): FenceReply {
    const attempt = this.#attempt(attemptNo);
    if (this.#end !== null) return { gone: true, committed: false, last_seq: -1, text_so_far: '', only_text: false };
    attempt.fenced = true;
    const committed = this.#committed === attemptNo;
    const shown = committed ? readShownText(this.#shown.payloads) : { text: '', onlyText: true };
    return {
      gone: false,
      committed,
      last_seq: attempt.nextSeq - 1,
      text_so_far: shown.text,
      only_text: shown.onlyText && this.#shownBytes <= KEPT_BYTES,
    };
  }

  /** After a fence: another attempt goes on from here, starts anew (only where nothing was shown), or the answer ends. */
  switchTo(request: SwitchRequest): void {
    if (this.#end !== null) return;
    const modes: Record<SwitchRequest['mode'], () => void> = {
      continue: () => {
        this.#committed = request.attempt_no;
        const attempt = this.#attempt(request.attempt_no);
        attempt.fenced = false;
        const { payloads } = this.#shown;
        attempt.seam = new Seam(readShownText(payloads).text, payloads[0]);
        this.listener.onNotice(request.notice);
      },
      restart: () => {
        if (this.#shownBytes > 0) {
          this.#finish('failed', new SkeinError('internal', 'An answer that was shown cannot start anew'));
          return;
        }
        this.#committed = null;
        this.listener.onNotice(request.notice);
      },
      error: () => {
        const error =
          request.error === null ? new SkeinError('all_attempts_failed', request.notice) : fromWireError(request.error);
        this.#finish('failed', error);
      },
    };
    modes[request.mode]();
  }

  /** The conductor, or whoever gave up on it, says how the request failed. */
  fail(error: SkeinError): void {
    this.#finish(error.code === 'cancelled' ? 'cancelled' : 'failed', error);
  }

  /** The customer has left. */
  leave(): void {
    this.#finish('cancelled', new SkeinError('cancelled', 'The caller left'));
  }

  /** What an attempt whose frames broke off said of itself, if anything. */
  failureOf(attemptNo: number): SkeinError | null {
    return this.#attempts.get(attemptNo)?.failed ?? null;
  }

  /** One table for all answers, so it is told whose. */
  static readonly #kinds: Record<
    FrameKind,
    (self: AnswerStream, no: number, attempt: AttemptView, frame: Frame) => void
  > = {
    notice: (self, no, attempt, frame) => {
      const notice = wordsOf(frame, noticeFrame);
      if (notice === undefined) return;
      if (notice.notice === 'head') attempt.head = notice.head;
      else if (self.#committed === no) self.listener.onNotice(notice.text);
      else attempt.notices.push(notice.text);
    },
    chunk: (self, no, attempt, frame) => {
      if (self.#committed === no) {
        if (attempt.seam === null) self.#show(frame.payload);
        else for (const payload of attempt.seam.join(frame.payload)) self.#show(payload);
        return;
      }
      if (frame.hasContent) {
        self.#commit(no, attempt);
        self.#show(frame.payload);
      } else if (attempt.preamble.length < MAX_PREAMBLE) {
        attempt.preamble.push(frame.payload);
      } else {
        attempt.fenced = true;
        attempt.failed = new SkeinError('vendor_malformed', 'The vendor sent chunks without any content');
      }
    },
    part: (_self, _no, attempt, frame) => {
      attempt.partBytes += frame.payload.length;
      if (attempt.partBytes <= MAX_WHOLE_BYTES) attempt.parts.push(frame.payload);
    },
    whole: (self, no, attempt, frame) => {
      if (attempt.partBytes > MAX_WHOLE_BYTES) {
        return self.#finish(
          'failed',
          new SkeinError('answer_too_large', 'The answer is larger than the mesh can carry'),
        );
      }
      const payload = attempt.parts.length === 0 ? frame.payload : Buffer.concat([...attempt.parts, frame.payload]);
      self.#commit(no, attempt);
      self.#whole = payload;
      self.listener.onWhole(payload);
      self.#finish('succeeded', null);
    },
    usage: (_self, _no, attempt, frame) => {
      const usage = wordsOf(frame, usageFrame);
      if (usage === undefined) return;
      attempt.usage = usage;
      attempt.head ??= usage.head;
    },
    // Told to customers by the sink itself; workers have nothing to say with it.
    switch: () => undefined,
    end: (self, no, attempt) => {
      if (self.#committed !== no) self.#commit(no, attempt);
      for (const payload of attempt.seam?.close() ?? []) self.#show(payload);
      self.#finish('succeeded', null);
    },
    error: (_self, _no, attempt, frame) => {
      const error = wordsOf(frame, wireError);
      attempt.failed =
        error === undefined
          ? new SkeinError('vendor_failed', 'The attempt failed without a readable reason')
          : fromWireError(error);
    },
  };

  #attempt(no: number): AttemptView {
    let attempt = this.#attempts.get(no);
    if (attempt === undefined) {
      attempt = {
        nextSeq: 0,
        fenced: false,
        head: null,
        usage: null,
        preamble: [],
        notices: [],
        parts: [],
        partBytes: 0,
        failed: null,
        seam: null,
      };
      this.#attempts.set(no, attempt);
    }
    return attempt;
  }

  #commit(no: number, attempt: AttemptView): void {
    this.#committed = no;
    for (const wake of this.#commitWaiters) wake();
    if (attempt.head !== null && this.#headShown === null) {
      this.#headShown = attempt.head;
      this.listener.onHead(attempt.head);
    }
    for (const text of attempt.notices) this.listener.onNotice(text);
    for (const payload of attempt.preamble.splice(0)) this.#show(payload);
  }

  #show(payload: Uint8Array): void {
    this.#shownBytes += payload.length;
    if (this.#shownBytes <= KEPT_BYTES) this.#shown.add(payload);
    else if (this.#shown.count > 0) this.#shown.clear();
    this.listener.onChunk(payload);
  }

  #finish(status: AnswerEnd['status'], error: SkeinError | null): void {
    if (this.#end !== null) return;
    const attempt = this.#committed === null ? undefined : this.#attempts.get(this.#committed);
    this.#end = {
      status,
      head: this.#headShown ?? attempt?.head ?? null,
      usage: attempt?.usage ?? null,
      error,
      committed: this.#committed !== null,
      kept: this.#kept(),
    };
    for (const wake of this.#commitWaiters) wake();
    this.onEnd(this.#end);
  }

  #kept(): AnswerEnd['kept'] {
    if (this.#whole !== null) return { form: 'whole', bytes: this.#whole };
    return this.#shown.count > 0 ? { form: 'chunks', bytes: this.#shown.end() } : null;
  }
}
