import type { AnswerHead, UsageBuckets } from '@skein/contracts/attempt';
import type { SkeinError } from '@skein/contracts/errors';
import type { PlainOperation } from '@skein/contracts/operation';
import type { AttemptOrder } from '@skein/contracts/provider';
import type { RequestBody } from '@skein/contracts/wire';
import type { ModelRecord, Vendor } from '@skein/catalog';
import type { SseEvent } from './sse-reader.js';

/** Response headers as undici gives them: lower-case names. */
export type VendorHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** What one attempt asks of a vendor: the customer's bytes, and what differs from them. */
export interface Question {
  readonly body: RequestBody;
  /** The vendor's own name of the model. */
  readonly model: AnswerHead['model'];
  readonly stream: boolean;
  readonly continuation: AttemptOrder['continuation'];
  /** What the catalogue knows of the model; null where it lacks it. */
  readonly record: ModelRecord | null;
  /** When it is asked: milliseconds since the epoch. */
  readonly at: number;
  /** Is the vendor called by socket, where its dialect has one? */
  readonly bySocket?: boolean;
}

/** What has come of an answer so far. */
export interface AnswerProgress {
  readonly usage: UsageBuckets | null;
  /** False while the vendor's count is of what it had done so far. */
  readonly usageIsFinal: boolean;
  /** In OpenAI's words; null until every choice has finished. */
  readonly finishReason: string | null;
  readonly modelServed: string | null;
  /** The vendor's id of the answer. */
  readonly answerId: string | null;
  /** Bytes of text, reasoning and tool arguments written, for an estimate where usage is not told. */
  readonly outputBytes: number;
}

export interface WholeAnswer extends AnswerProgress {
  /** The canonical answer of the operation (an OpenAI chat completion as JSON): the vendor's own bytes where it has that shape. */
  readonly answer: Uint8Array;
}

export interface AnswerChunk {
  /** An OpenAI chat chunk as JSON, without SSE framing: the vendor's own bytes where it is OpenAI-shaped. */
  readonly bytes: Uint8Array;
  /** Does it show something of the answer: text, reasoning, a tool call, a refusal, audio? */
  readonly hasContent: boolean;
  /** Where in the bytes all that it shows stands as plain text, and how long it is, where that is known without parsing. */
  readonly textAt?: number;
  readonly textBytes?: number;
}

/** Translates one streamed answer; holds state, so one per stream. */
export interface StreamTranslator {
  /** Takes one event. Throws SkeinError when the vendor reports a failure in it, or it cannot be read. */
  feed(event: SseEvent): readonly AnswerChunk[];
  /** What is still to be shown when the vendor's stream has ended well. */
  close(): readonly AnswerChunk[];
  readonly progress: AnswerProgress;
}

/** Takes the bytes of a stream apart into events. Not to be used again after `end`. */
export interface EventReader {
  /** Takes what a read gave. Throws SseOverflow, SkeinError `vendor_malformed`, and whatever its `onEvent` throws. */
  feed(bytes: Uint8Array): void;
  /** The stream is over. Throws SkeinError `vendor_malformed` where it ended within an event. */
  end(): void;
}

/** One call, ready to be sent, with what is needed to read its answer. */
export interface VendorCall {
  /** Begins with a slash; goes after the base URL. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** What was approximated or left out, one sentence each, for the customer. */
  readonly notices: readonly string[];
  /** Reads an unstreamed answer. Throws SkeinError: `vendor_malformed`, or what the vendor reported with a 200. */
  readWhole(bytes: Uint8Array): WholeAnswer;
  openStream(): StreamTranslator;
  /** Set where the call goes by socket: `body` is its message. */
  readonly socket?: { isLast(event: Readonly<Record<string, unknown>>): boolean };
  /** For streams that are not framed as server-sent events. */
  openReader?(onEvent: (event: SseEvent) => void, maxEventBytes: number): EventReader;
  /** The vendor answers whole what is streamed on: it may be JSON, and its first byte comes as late as its last. */
  readonly answersWhole?: boolean;
}

/** A call beside chat. What can be streamed brings its stream; all else is answered whole. */
export type PlainCall = Omit<VendorCall, 'openStream' | 'socket'> & Partial<Pick<VendorCall, 'openStream'>>;

/** Translates one plain operation. Throws SkeinError `invalid_request`, naming the field, for what the vendor cannot do. */
export type PreparePlain = (question: Question) => PlainCall;

/** A call as it leaves, for keys that do not go along but sign it. */
export interface OutgoingCall {
  /** As in the `host` header: with the port where it is not the usual one. */
  readonly host: string;
  /** With the base URL's own path, and the query. */
  readonly path: string;
  readonly body: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Where the vendor is called, in the vendor's words; null where the operator did not say. */
  readonly region: string | null;
}

/** A vendor's dialect: pure translation and the description of HTTP calls. No I/O, no clock, no state between calls. */
export interface VendorAdapter {
  readonly vendor: Vendor;
  /** The headers that carry the key, or its signature of the call. Throws SkeinError where the key cannot be used. */
  authorize(key: string, call: OutgoingCall): Readonly<Record<string, string>>;
  /** Translates a request. Throws SkeinError `invalid_request`, naming the field, for what the vendor cannot do. */
  prepare(question: Question): VendorCall;
  /** What the vendor serves beside chat; what is not here it does not. */
  readonly plain?: Readonly<Partial<Record<PlainOperation, PreparePlain>>>;
  /** What a refusal means. `now` (ms since the epoch) is for dates in `retry-after`. */
  readError(status: number, headers: VendorHeaders, bytes: Uint8Array, now: number): SkeinError;
  /** The vendor's id of the request, for its support. */
  readRequestId(headers: VendorHeaders): string | null;
}
