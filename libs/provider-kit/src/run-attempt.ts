/**
 * The worker's side of one attempt. Frames go to the sink as they come and never wait; the fact of what was used is stated
 * and acknowledged before the frame that lets the customer go, and before the reply. An attempt always ends with exactly
 * one `end`, `whole` or `error` frame.
 */
import {
  AttemptFinished,
  AttemptStarted,
  type AttemptStartedFact,
  type AnswerHead,
  type AnswerValidation,
  type VendorQuota,
} from '@skein/contracts/attempt';
import { SkeinError, toSkeinError } from '@skein/contracts/errors';
import type { AttemptOrder, AttemptOutcome } from '@skein/contracts/provider';
import type { Bus, ServedContext } from '@skein/bus';
import type { Catalog, ModelRecord } from '@skein/catalog';
import { traceparentOf } from '@skein/telemetry';
import { askVendor, type VendorAccess } from './ask-vendor.js';
import type { HttpAnswer } from './call-vendor.js';
import { describeOnSpan, inAttemptSpan, measureAttempt, measureCheck } from './attempt-span.js';
import { StreamCheck, checkWhole, readRules } from './check-answer.js';
import { AnswerSample, countUntold, shownIn, type Counted, type CountTokens } from './count-untold.js';
import { fitBody } from './fit-body.js';
import { FrameWriter } from './frame-writer.js';
import { tryParseJson } from './json.js';
import { judgeSilentStream, judgeWhole, type Judged, type Judgement } from './judge-answer.js';
import { readStream, readWhole } from './read-answer.js';
import {
  factOf,
  identityOf,
  isUntold,
  outcomeOf,
  settleAttempt,
  usageFrameOf,
  type AttemptEnd,
  type Settlement,
} from './settle-attempt.js';
import type {
  AnswerProgress,
  PlainCall,
  Question,
  StreamTranslator,
  VendorAdapter,
  VendorCall,
  WholeAnswer,
} from './vendor-adapter.js';
import { watchCancel, type CancelWatch } from './watch-cancel.js';

export interface AttemptWorker extends VendorAccess {
  readonly bus: Pick<Bus, 'instance' | 'emitFrame' | 'state' | 'takesFacts'>;
  readonly catalog: Pick<Catalog, 'recordOf' | 'costOfAttempt' | 'hasDrifted' | 'revision'>;
  /** The vendor is our own sandbox: nothing it says costs money. */
  readonly sandboxed: boolean;
  /** Counts what a vendor told no usage of; without it, usage is guessed by bytes. */
  readonly countTokens?: CountTokens;
}

/** Someone waits for the next vendor where this one failed: the count may take so long, ms. */
const COUNT_MS_FAILED = 100;
const COUNT_MS = 2_000;

/**
 * Runs one attempt to its end. Throws SkeinError `unavailable` where its fact cannot be stated; whatever else goes wrong is
 * in the outcome.
 */
export async function runAttempt(
  worker: AttemptWorker,
  order: AttemptOrder,
  context: ServedContext,
): Promise<AttemptOutcome> {
  if (!worker.bus.takesFacts)
    throw new SkeinError('unavailable', 'What this attempt would use cannot be recorded now.');
  const { vendor } = worker.adapter;
  // Once, so that an attempt is priced by the catalogue it began under.
  const { catalog } = worker;
  const record = catalog.recordOf(vendor.id, order.head.model);
  return inAttemptSpan(vendor, worker.line, order, context.traceparent, async (span) => {
    const traceparent = traceparentOf(span) ?? context.traceparent;
    const start = identityOf(order, worker.clock.now(), traceparent);
    if (order.kind !== 'live') await worker.bus.state(AttemptStarted, start);
    const run = new AttemptRun(worker, order, context, record, traceparent);
    const ending = run.finish();
    if (order.kind === 'live') stateStart(worker, start);
    const end = await ending;
    const request = () => context.body.json;
    const asked = { vendor: vendor.id, model: order.head.model, record };
    const counted = isUntold(end.progress) ? await run.count(end) : undefined;
    const settlement = settleAttempt(end, request, asked, vendor.quirks.tokenFactor, catalog, counted);
    describeOnSpan(span, settlement);
    measureAttempt(vendor, order, record, settlement);
    measureCheck(vendor, order, record, end.validation);
    logFailure(worker, order, end);
    await stateEnd(worker, run, settlement, traceparent);
    run.say(settlement);
    return { ...outcomeOf(settlement), ...(run.rejected !== null && { rejected: run.rejected }) };
  });
}

/** Someone waits for a live answer: its start travels with others, and is stated once the vendor has been asked. */
function stateStart(worker: AttemptWorker, start: AttemptStartedFact): void {
  worker.bus.state(AttemptStarted, start, 'soon').catch((thrown: unknown) => {
    worker.logger.warn({ attempt_id: start.attempt_id, code: toSkeinError(thrown).code }, 'a start was not stated');
  });
}

/** States what was used. Where that fails the customer gets an error: an answer that cannot be recorded is not finished. */
async function stateEnd(
  worker: AttemptWorker,
  run: AttemptRun,
  settlement: Settlement,
  traceparent: string | undefined,
): Promise<void> {
  const { instance } = worker.bus;
  const { sandboxed } = worker;
  const fact = factOf(settlement, run.order, {
    instance,
    sandboxed,
    traceparent,
    key: run.key,
    region: run.region,
    quota: run.quota,
  });
  try {
    await worker.bus.state(AttemptFinished, fact);
  } catch (thrown) {
    const error = toSkeinError(thrown);
    // The error of the attempt may hold the vendor's words; its code is in the line that told of it.
    const kept = { ...fact, error: null };
    worker.logger.error(
      { fact: kept, code: error.code },
      'an attempt was not stated; this line is all that is left of it',
    );
    run.frames.error(error.toWire());
    throw error;
  }
}

/** Never the message: a vendor may quote the prompt in it. */
function logFailure(worker: AttemptWorker, order: AttemptOrder, end: AttemptEnd): void {
  const error = end.error;
  if (error === null) return;
  worker.logger[error.row.level](
    {
      request_id: order.request_id,
      attempt_id: order.head.attempt_id,
      vendor: order.head.vendor,
      model: order.head.model,
      outcome: end.outcome,
      code: error.code,
      vendor_code: error.vendorCode,
      vendor_request_id: end.vendorRequestId,
      first_byte_ms: end.firstByteMs,
      total_ms: end.totalMs,
      ...(error.code === 'internal' && { where: whereOf(error.cause) }),
    },
    'attempt did not finish',
  );
}

/** The places of a fault of our own, without its message. */
function whereOf(cause: unknown): string | undefined {
  const stack = cause instanceof Error ? cause.stack : undefined;
  return stack?.slice(stack.indexOf('\n    at ') + 1);
}

class AttemptRun {
  readonly frames: FrameWriter;
  #whole: WholeAnswer | null = null;
  #stream: StreamTranslator | null = null;
  #notices: readonly string[] = [];
  #firstByteMs: number | null = null;
  #vendorRequestId: string | null = null;
  /** The last key that was tried, as it may be shown. */
  key: string | null = null;
  /** What the vendor said is left of its limits. */
  quota: VendorQuota | null = null;
  /** Where it was tried. */
  region: string | null = null;
  /** What came of checking the answer. */
  #validation: AnswerValidation | null = null;
  /** What the model wrote, where it was turned down for its form. Never logged, never in a fact. */
  rejected: string | null = null;
  readonly #sample = new AnswerSample();
  readonly #started: number;
  readonly #cancel: CancelWatch;

  constructor(
    private readonly worker: AttemptWorker,
    readonly order: AttemptOrder,
    private readonly context: ServedContext,
    private readonly record: ModelRecord | null,
    private readonly traceparent: string | undefined,
  ) {
    this.frames = new FrameWriter(worker.bus, order.sink, order.request_id, order.head.attempt_no);
    this.#started = worker.clock.monotonic();
    this.#cancel = watchCancel(context.signal);
  }

  /** Runs to the end, whatever it is. Never throws. */
  async finish(): Promise<AttemptEnd> {
    let error: SkeinError | null = null;
    try {
      await this.#converse();
    } catch (thrown) {
      error = toSkeinError(thrown);
    }
    this.#cancel.release();
    const { cancelled } = this.#cancel;
    if (cancelled !== null) error = new SkeinError('cancelled', `The attempt was cancelled: ${cancelled.reason}.`);
    return {
      outcome: outcomeFor(error),
      error,
      progress: this.#progress,
      firstByteMs: this.#firstByteMs,
      totalMs: this.#elapsed(),
      vendorRequestId: this.#vendorRequestId ?? this.#progress?.answerId ?? null,
      at: this.worker.clock.now(),
      validation: this.#validation,
    };
  }

  /** Counts what the vendor did not tell; undefined where nobody counts. */
  async count({ outcome }: AttemptEnd): Promise<Counted | undefined> {
    const { countTokens } = this.worker;
    if (countTokens === undefined || this.order.operation !== 'chat') return undefined;
    const shown = this.#whole === null ? this.#sample.text : shownIn(tryParseJson(this.#whole.answer));
    return countUntold(countTokens, this.context.body, shown, {
      requestId: this.order.request_id,
      tenant: this.order.caller.tenant,
      withinMs: outcome === 'failed' ? COUNT_MS_FAILED : COUNT_MS,
    });
  }

  /** Says the last frames. Only once the fact is acknowledged. */
  say(settlement: Settlement): void {
    const { error } = settlement.end;
    if (error !== null) return this.frames.error(error.toWire());
    this.frames.usage(usageFrameOf(settlement, this.#head));
    if (this.#whole === null) this.frames.end();
    else this.frames.whole(this.#whole.answer);
  }

  /** The head of the order, with what the translation had to say. */
  get #head(): AnswerHead {
    const { head } = this.order;
    return this.#notices.length === 0 ? head : { ...head, notices: [...head.notices, ...this.#notices] };
  }

  get #progress(): AnswerProgress | null {
    return this.#whole ?? this.#stream?.progress ?? null;
  }

  async #converse(): Promise<void> {
    const { worker, order } = this;
    const question: Question = {
      body: fitBody(this.context.body, order),
      model: order.head.model,
      stream: order.stream,
      continuation: order.continuation,
      record: this.record,
      at: worker.clock.now(),
      bySocket: worker.line.socketBase !== null && worker.adapter.vendor.adapter === 'openai',
    };
    const isChat = order.operation === 'chat';
    const call = isChat ? worker.adapter.prepare(question) : preparePlain(worker.adapter, order.operation, question);
    this.#notices = call.notices;
    if (this.#cancel.cancelled !== null) return;
    const answer = await askVendor(worker, call, {
      limits: call.answersWhole === true ? { ...order.limits, first_byte_ms: null } : order.limits,
      cut: this.#cancel.cut,
      tracing: this.#tracing(),
      onKey: (label, line) => {
        this.key = label;
        this.region = line.region;
      },
      onQuota: (quota) => (this.quota = quota),
      onRequestId: (id) => (this.#vendorRequestId = id),
    });
    const onFirstByte = () => (this.#firstByteMs = this.#elapsed());
    if (order.stream && canStream(call)) return this.#relay(call, isChat, answer, onFirstByte);
    const whole = await readWhole(worker.adapter, call, answer, onFirstByte);
    this.#whole = whole;
    if (!isChat) return;
    const rules = readRules(this.context.body.json);
    this.#validation = rules === null ? null : checkWhole(whole.answer, rules);
    this.#refuse((judged) => judgeWhole(whole, judged));
  }

  /** An answer that nobody has seen and that is not what was asked for is a failure that was paid for. */
  #refuse(judge: (judged: Judged) => Judgement | null): void {
    const { acceptance } = this.order;
    if (acceptance === undefined || this.#cancel.cancelled !== null) return;
    const judgement = judge({
      vendor: this.order.head.vendor,
      acceptance,
      request: () => this.context.body.json,
      validation: this.#validation,
    });
    if (judgement === null) return;
    this.rejected = judgement.rejected;
    throw judgement.error;
  }

  async #relay(call: VendorCall, isChat: boolean, answer: HttpAnswer, onFirstByte: () => void): Promise<void> {
    const stream = call.openStream();
    this.#stream = stream;
    this.frames.head(this.#head);
    let hasShown = false;
    const rules = isChat ? readRules(this.context.body.json) : null;
    const check = rules === null ? null : new StreamCheck(rules);
    this.context.body.forgetJson();
    await readStream(this.worker.adapter, call, stream, answer, this.worker.clock.now(), onFirstByte, (chunk) => {
      hasShown ||= chunk.hasContent;
      if (chunk.hasContent) {
        check?.hear(chunk.bytes);
        this.#sample.hear(chunk);
      }
      // A drained answer is read for its usage; nobody wants its words any more.
      if (this.#cancel.cancelled === null) this.frames.chunk(chunk.bytes, chunk.hasContent);
    });
    this.#validation = check?.check() ?? null;
    if (isChat && !hasShown) this.#refuse((judged) => judgeSilentStream(stream.progress, judged));
  }

  /** Only our own sandbox is told whose call this is. */
  #tracing(): Record<string, string> {
    if (!this.worker.sandboxed) return {};
    const { traceparent } = this;
    return { 'x-skein-attempt': this.order.head.attempt_id, ...(traceparent !== undefined && { traceparent }) };
  }

  #elapsed(): number {
    return Math.round((this.worker.clock.monotonic() - this.#started) * 100) / 100;
  }
}

const canStream = (call: VendorCall | PlainCall): call is VendorCall => call.openStream !== undefined;

function preparePlain(adapter: VendorAdapter, operation: AttemptOrder['operation'], question: Question): PlainCall {
  const prepare = operation === 'chat' ? undefined : adapter.plain?.[operation];
  if (prepare !== undefined) return prepare(question);
  throw new SkeinError('invalid_request', `${adapter.vendor.id} has no ${operation}.`, {
    param: 'model',
    detail: { vendor: adapter.vendor.id },
  });
}

function outcomeFor(error: SkeinError | null): AttemptEnd['outcome'] {
  if (error === null) return 'finished';
  if (error.code === 'cancelled') return 'cancelled';
  // The vendor got the request and never said a word: it may or may not have worked, and charged.
  return error.code === 'vendor_connection_lost' ? 'unknown' : 'failed';
}
