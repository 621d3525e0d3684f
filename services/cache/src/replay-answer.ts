/**
 * A producer like any other: plays a stored answer to the sink as the frames of an attempt, in the form that is asked for
 * now. No vendor was called, so nothing is stated as a fact and nothing is billed.
 */
import type { AnswerHead, UsageFrame } from '@skein/contracts/attempt';
import type { FrameKind } from '@skein/contracts/wire';
import { openAiUsage, showsContent, toChunks, usageChunk } from './convert-answer.js';
import { isObject, jsonBytes, objectsIn, tryParse, type JsonObject } from './json.js';
import { linesOf, wholeOf, type StoredAnswer } from './stored-answer.js';

/** A frame before it is numbered. */
export interface PlayedFrame {
  readonly kind: FrameKind;
  readonly hasContent: boolean;
  readonly payload: Uint8Array;
}

export interface Replay {
  readonly stream: boolean;
  /** Is a usage chunk wanted? Undefined: as it was stored. */
  readonly includeUsage: boolean | undefined;
  readonly head: AnswerHead;
}

const NOTHING = new Uint8Array(0);

/** The head of a replay: who answered is the origin. */
export function headOf(head: AnswerHead, { origin }: StoredAnswer): AnswerHead {
  return { ...head, vendor: origin.vendor, model: origin.model, cache: 'hit' };
}

/** What was used is the origin's; it costs nothing again. */
export function usageOf(head: AnswerHead, { origin }: StoredAnswer, totalMs: number): UsageFrame {
  return {
    head,
    usage: origin.usage,
    usage_source: origin.usage === null ? 'none' : 'provider',
    cost_nano_usd: 0,
    finish_reason: origin.finish_reason,
    first_byte_ms: null,
    total_ms: totalMs,
  };
}

/** The frames of the answer itself, in order; null where what is stored cannot be read. */
export function framesOf(answer: StoredAnswer, replay: Replay): readonly PlayedFrame[] | null {
  return replay.stream ? streamFrames(answer, replay) : wholeFrames(answer);
}

function wholeFrames(answer: StoredAnswer): readonly PlayedFrame[] | null {
  if (answer.form === 'whole') return [{ kind: 'whole', hasContent: true, payload: answer.bytes }];
  const whole = wholeOf(answer.form, answer.bytes);
  if (whole === null) return null;
  const { usage } = answer.origin;
  const withUsage = 'usage' in whole || usage === null ? whole : { ...whole, usage: openAiUsage(usage) };
  return [{ kind: 'whole', hasContent: true, payload: jsonBytes(withUsage) }];
}

function streamFrames(answer: StoredAnswer, { includeUsage }: Replay): readonly PlayedFrame[] | null {
  const chunks = answer.form === 'chunks' ? storedChunks(answer.bytes) : cutWhole(answer.bytes);
  if (chunks === null || chunks.length === 0) return null;
  const told = chunks.filter(({ isUsage }) => isUsage);
  const shown = chunks.filter(({ isUsage }) => !isUsage);
  const usage = told[0] ?? usageFrom(answer, chunks[0]?.chunk ?? {});
  const wanted = includeUsage ?? told.length > 0;
  const played = wanted && usage !== null ? [...shown, usage] : shown;
  return played.map(({ chunk, bytes }) => ({ kind: 'chunk', hasContent: showsContent(chunk), payload: bytes }));
}

interface ReadChunk {
  readonly chunk: JsonObject;
  readonly bytes: Uint8Array;
  readonly isUsage: boolean;
}

/** The chunks byte for byte as they were. */
function storedChunks(bytes: Uint8Array): ReadChunk[] | null {
  const chunks: ReadChunk[] = [];
  for (const line of linesOf(bytes)) {
    const chunk = tryParse(line);
    if (!isObject(chunk)) return null;
    chunks.push({ chunk, bytes: line, isUsage: isObject(chunk.usage) && objectsIn(chunk.choices).length === 0 });
  }
  return chunks;
}

function cutWhole(bytes: Uint8Array): ReadChunk[] | null {
  const whole = tryParse(bytes);
  if (!isObject(whole)) return null;
  return toChunks(whole).map((chunk) => ({ chunk, bytes: jsonBytes(chunk), isUsage: false }));
}

function usageFrom(answer: StoredAnswer, head: JsonObject): ReadChunk | null {
  const whole = answer.form === 'whole' ? tryParse(answer.bytes) : null;
  const told = isObject(whole) && isObject(whole.usage) ? whole.usage : null;
  const usage = told ?? (answer.origin.usage === null ? null : openAiUsage(answer.origin.usage));
  if (usage === null) return null;
  const chunk = usageChunk(head, usage);
  return { chunk, bytes: jsonBytes(chunk), isUsage: true };
}

/** All frames of a replay, numbered by their place: as a worker sends them. */
export function playedFrames(answer: StoredAnswer, replay: Replay, totalMs: number): readonly PlayedFrame[] | null {
  const body = framesOf(answer, replay);
  if (body === null) return null;
  const head = headOf(replay.head, answer);
  const usage: PlayedFrame = { kind: 'usage', hasContent: false, payload: jsonBytes(usageOf(head, answer, totalMs)) };
  if (!replay.stream) return [usage, ...body];
  return [
    { kind: 'notice', hasContent: false, payload: jsonBytes({ notice: 'head', head }) },
    ...body,
    usage,
    { kind: 'end', hasContent: false, payload: NOTHING },
  ];
}
