/** Reading one good answer, streamed or whole, up to its end. What has come so far can be seen at any time. */
import { SkeinError, toSkeinError, type ErrorCode } from '@skein/contracts/errors';
import { readAll, type HttpAnswer } from './call-vendor.js';
import { SseOverflow, SseReader, type SseEvent } from './sse-reader.js';
import type {
  AnswerChunk,
  EventReader,
  PlainCall,
  StreamTranslator,
  VendorAdapter,
  VendorCall,
  WholeAnswer,
} from './vendor-adapter.js';
import { headerOf, malformed } from './vendor-errors.js';

/** Larger than any answer of a model; a vendor that sends more is not answering. */
const MAX_WHOLE_BYTES = 64 * 1024 * 1024;
/** A chunk goes out as one frame, so it must fit in one message of the bus. */
const MAX_EVENT_BYTES = 6 * 1024 * 1024;

/** Reads an unstreamed answer. Throws SkeinError. */
export async function readWhole(
  adapter: VendorAdapter,
  call: PlainCall,
  answer: HttpAnswer,
  onFirstByte: () => void,
): Promise<WholeAnswer> {
  return call.readWhole(await readAll(answer, adapter.vendor.id, MAX_WHOLE_BYTES, onFirstByte));
}

/** Once the finish is seen, these take nothing away from the answer. */
const harmlessAfterFinish: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['vendor_stream_cut', 'vendor_timeout']);

/** Reads a stream to its end. Resolves only when the answer is complete; throws SkeinError otherwise. */
export async function readStream(
  adapter: VendorAdapter,
  call: VendorCall,
  stream: StreamTranslator,
  answer: HttpAnswer,
  now: number,
  onFirstByte: () => void,
  onChunk: (chunk: AnswerChunk) => void,
): Promise<void> {
  const vendor = adapter.vendor.id;
  if (call.answersWhole !== true) await refuseJson(adapter, answer, now);
  const reader = openReader(call, (event) => stream.feed(event).forEach(onChunk), MAX_EVENT_BYTES);
  let hasBytes = false;
  try {
    await answer.read((bytes) => {
      if (!hasBytes) onFirstByte();
      hasBytes = true;
      feed(reader, bytes, vendor);
    });
  } catch (thrown) {
    const error = toSkeinError(thrown);
    if (stream.progress.finishReason === null || !harmlessAfterFinish.has(error.code)) throw error;
  }
  endReading(reader, vendor);
  if (stream.progress.finishReason === null) throw cutShort(vendor);
  stream.close().forEach(onChunk);
}

/** Some vendors answer a stream's request with plain JSON, and it is never good news. */
async function refuseJson(adapter: VendorAdapter, answer: HttpAnswer, now: number): Promise<void> {
  if (headerOf(answer.headers, 'content-type')?.startsWith('application/json') !== true) return;
  const bytes = await readAll(answer, adapter.vendor.id, MAX_WHOLE_BYTES);
  const error = adapter.readError(answer.status, answer.headers, bytes, now);
  throw error.vendorCode === null && error.code === 'vendor_failed'
    ? malformed(adapter.vendor.id, 'JSON where a stream was asked for')
    : error;
}

/** The reader of a call's stream: of server-sent events, unless the call brings its own. */
export function openReader(call: VendorCall, onEvent: (event: SseEvent) => void, maxEventBytes: number): EventReader {
  return call.openReader?.(onEvent, maxEventBytes) ?? new SseReader(onEvent, maxEventBytes);
}

function feed(reader: EventReader, bytes: Uint8Array, vendor: string): void {
  try {
    reader.feed(bytes);
  } catch (thrown) {
    if (!(thrown instanceof SseOverflow)) throw thrown;
    throw new SkeinError('answer_too_large', `${vendor} sent ${thrown.message}.`, { source: 'vendor', vendor });
  }
}

/** Half an event at the end is a cut, not nonsense. */
function endReading(reader: EventReader, vendor: string): void {
  try {
    reader.end();
  } catch (thrown) {
    const error = toSkeinError(thrown);
    throw error.code === 'vendor_malformed' ? cutShort(vendor, error) : error;
  }
}

function cutShort(vendor: string, cause?: unknown): SkeinError {
  return new SkeinError('vendor_stream_cut', `${vendor} ended its stream without a finish.`, {
    source: 'vendor',
    vendor,
    cause,
  });
}
