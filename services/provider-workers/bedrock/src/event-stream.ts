/**
 * AWS event streams: messages of a prelude (length of the whole, length of the headers, a checksum of the two), headers,
 * a payload, and a checksum of all that comes before it. Every checksum is checked.
 */
import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';
import { malformed, SseOverflow, type EventReader, type SseEvent } from '@skein/provider-kit';

const VENDOR = 'bedrock';
const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
const LEAST_BYTES = PRELUDE_BYTES + CHECKSUM_BYTES;
const NOTHING = Buffer.alloc(0);

/** Bytes of a header's value by its type; types 6 and 7 (bytes and text) tell their own length. */
const bytesOfType: Readonly<Record<number, number>> = { 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 };
const TEXT_TYPE = 7;
const BYTES_TYPE = 6;

/** Reads one stream. An event is named after its `:event-type`, its `:exception-type`, or is an `error` with its code. */
export class EventStreamReader implements EventReader {
  readonly #onEvent: (event: SseEvent) => void;
  readonly #maxEventBytes: number;
  /** What has come of a message whose end has not. */
  #rest: Buffer = NOTHING;

  constructor(onEvent: (event: SseEvent) => void, maxEventBytes: number) {
    this.#onEvent = onEvent;
    this.#maxEventBytes = maxEventBytes;
  }

  /** Takes what a read gave. Throws SseOverflow when a message outgrows its bound, `vendor_malformed` where it is broken. */
  feed(bytes: Uint8Array): void {
    let here = this.#rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes]);
    for (let length = this.#lengthOf(here); length !== null && here.length >= length; length = this.#lengthOf(here)) {
      const message = here.subarray(0, length);
      here = here.subarray(length);
      // Kept before it is told of: whoever hears it may throw.
      this.#rest = here;
      this.#onEvent(readMessage(message));
    }
    this.#rest = here;
  }

  end(): void {
    if (this.#rest.length > 0) throw malformed(VENDOR, 'a part of an event at the end of its stream');
  }

  /** Length of the message that begins here; null until its prelude is there. */
  #lengthOf(bytes: Buffer): number | null {
    if (bytes.length < PRELUDE_BYTES) return null;
    const length = bytes.readUInt32BE(0);
    if (crc32(bytes.subarray(0, 8)) !== bytes.readUInt32BE(8))
      throw malformed(VENDOR, 'an event with a broken prelude');
    if (length > this.#maxEventBytes) throw new SseOverflow(this.#maxEventBytes);
    if (length < LEAST_BYTES + bytes.readUInt32BE(4)) throw malformed(VENDOR, 'an event shorter than its headers');
    return length;
  }
}

function readMessage(message: Buffer): SseEvent {
  const checked = message.subarray(0, -CHECKSUM_BYTES);
  if (crc32(checked) !== message.readUInt32BE(checked.length))
    throw malformed(VENDOR, 'an event with a broken checksum');
  const headersEnd = PRELUDE_BYTES + message.readUInt32BE(4);
  const headers = readHeaders(checked.subarray(PRELUDE_BYTES, headersEnd));
  const data = checked.subarray(headersEnd);
  switch (headers.get(':message-type')) {
    case 'event':
      return { event: headers.get(':event-type') ?? 'message', data };
    case 'exception':
      return { event: headers.get(':exception-type') ?? 'exception', data };
    case 'error': {
      const told = { code: headers.get(':error-code'), message: headers.get(':error-message') };
      return { event: 'error', data: Buffer.from(JSON.stringify(told)) };
    }
    default:
      throw malformed(VENDOR, 'an event of no known kind');
  }
}

/** The headers that are texts. */
function readHeaders(bytes: Buffer): Map<string, string> {
  const headers = new Map<string, string>();
  let at = 0;
  const take = (count: number): Buffer => {
    if (at + count > bytes.length) throw malformed(VENDOR, 'an event with broken headers');
    at += count;
    return bytes.subarray(at - count, at);
  };
  while (at < bytes.length) {
    const name = take(take(1).readUInt8()).toString('utf8');
    const type = take(1).readUInt8();
    const fixed = bytesOfType[type];
    if (fixed === undefined && type !== TEXT_TYPE && type !== BYTES_TYPE) {
      throw malformed(VENDOR, 'an event with a header of no known type');
    }
    const value = take(fixed ?? take(2).readUInt16BE());
    if (type === TEXT_TYPE) headers.set(name, value.toString('utf8'));
  }
  return headers;
}
