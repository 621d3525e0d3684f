/**
 * A frame is bytes with a five-byte head and no headers: one byte of kind (its high bit says "has content"), four bytes of
 * sequence number, big-endian, counted from 0 within an attempt. A gap in the numbers is an error, never silence.
 */
export const frameKinds = {
  /** An OpenAI chat chunk as JSON, without SSE framing: the vendor's own bytes where it is OpenAI-shaped. */
  chunk: 1,
  /** A whole unstreamed answer, or its last part. */
  whole: 2,
  /** An earlier part of a `whole` that exceeds one message. */
  part: 3,
  /** `UsageFrame`: what was used, what it cost, who answered. */
  usage: 4,
  /** `NoticeFrame`: who is answering, or something the customer should be told. */
  notice: 5,
  /** `SwitchFrame`: told to customers when another attempt goes on. */
  switch: 6,
  /** The attempt is complete; the body is empty. */
  end: 7,
  /** The attempt failed; the body is a `WireError`. */
  error: 8,
} as const;

export type FrameKind = keyof typeof frameKinds;

export const FRAME_HEAD_BYTES = 5;
const CONTENT_BIT = 0x80;

const kindByNumber = new Map<number, FrameKind>(
  (Object.entries(frameKinds) as [FrameKind, number][]).map(([kind, number]) => [number, kind]),
);

export interface Frame {
  readonly kind: FrameKind;
  readonly seq: number;
  /** Does it show the customer something of the answer? The first frame that does commits its attempt. */
  readonly hasContent: boolean;
  readonly payload: Uint8Array;
  /**
   * What the payload says, on frames of our own words that have not left the process they were written in: nobody there
   * needs to write and read them as JSON. Not to be changed.
   */
  readonly told?: unknown;
}

/** Writes head and payload into one piece: a message, or a part of one. */
export function encodeFrame(frame: Frame): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEAD_BYTES + frame.payload.length);
  bytes[0] = frameKinds[frame.kind] | (frame.hasContent ? CONTENT_BIT : 0);
  bytes[1] = frame.seq >>> 24;
  bytes[2] = (frame.seq >>> 16) & 0xff;
  bytes[3] = (frame.seq >>> 8) & 0xff;
  bytes[4] = frame.seq & 0xff;
  bytes.set(frame.payload, FRAME_HEAD_BYTES);
  return bytes;
}

/** Reads one frame; null when it is no frame of ours (too short, unknown kind). The payload is a view, not a copy. */
export function decodeFrame(bytes: Uint8Array): Frame | null {
  if (bytes.length < FRAME_HEAD_BYTES) return null;
  const first = bytes[0] ?? 0;
  const kind = kindByNumber.get(first & ~CONTENT_BIT);
  if (kind === undefined) return null;
  const seq = (((bytes[1] ?? 0) << 24) | ((bytes[2] ?? 0) << 16) | ((bytes[3] ?? 0) << 8) | (bytes[4] ?? 0)) >>> 0;
  return { kind, seq, hasContent: (first & CONTENT_BIT) !== 0, payload: bytes.subarray(FRAME_HEAD_BYTES) };
}

/** First byte of a message that holds several frames of one attempt, each behind its length (four bytes, big-endian). */
export const SEVERAL_FRAMES = 0;
const LENGTH_BYTES = 4;

/** Writes encoded frames of one attempt, at least one, into one message; a single one is a message as it is. */
export function joinFrames(frames: readonly Uint8Array[]): Uint8Array {
  const [only] = frames;
  if (only !== undefined && frames.length === 1) return only;
  let size = 1;
  for (const frame of frames) size += LENGTH_BYTES + frame.length;
  const bytes = Buffer.alloc(size);
  let at = bytes.writeUInt8(SEVERAL_FRAMES, 0);
  for (const frame of frames) {
    at = bytes.writeUInt32BE(frame.length, at);
    bytes.set(frame, at);
    at += frame.length;
  }
  return bytes;
}

/** Gives the frames of a message in their order; what is no frame of ours is left out, and missed by its number. */
export function readFrames(bytes: Uint8Array, take: (frame: Frame) => void): void {
  const give = (one: Uint8Array) => {
    const frame = decodeFrame(one);
    if (frame !== null) take(frame);
  };
  if (bytes[0] !== SEVERAL_FRAMES) return give(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 1; at + LENGTH_BYTES <= bytes.length;) {
    const begin = at + LENGTH_BYTES;
    at = begin + view.getUint32(at);
    give(bytes.subarray(begin, at));
  }
}

/** The subject of one attempt's frames. Ids must be free of `.`, `*`, `>` and blanks. */
export function framesSubject(sinkInstance: string, requestId: string, attemptNo: number): string {
  return `skein.out.${sinkInstance}.${requestId}.${attemptNo}`;
}

/** The one wildcard subscription of a sink. */
export function framesWildcard(sinkInstance: string): string {
  return `skein.out.${sinkInstance}.>`;
}

/** Reads request id and attempt number back from a frames subject; null when it is not one. */
export function parseFramesSubject(subject: string): { requestId: string; attemptNo: number } | null {
  const tokens = subject.split('.');
  const requestId = tokens[3];
  const attemptNo = Number(tokens[4]);
  if (tokens.length !== 5 || requestId === undefined || !Number.isInteger(attemptNo)) return null;
  return { requestId, attemptNo };
}
