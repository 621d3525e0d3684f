import { asBuffer } from '../json.js';

const RIFF_HEAD_BYTES = 12;
const CHUNK_HEAD_BYTES = 8;
/** Where a `fmt ` chunk states its bytes per second. */
const BYTE_RATE_AT = 8;

/**
 * Milliseconds of sound in a WAV file; null for anything else: other formats do not say without being decoded. Where only
 * the beginning is there, `totalBytes` says how long the file is.
 */
export function soundLengthMs(bytes: Uint8Array, totalBytes = bytes.length): number | null {
  const file = asBuffer(bytes);
  if (file.length < RIFF_HEAD_BYTES || file.toString('latin1', 0, 4) !== 'RIFF') return null;
  if (file.toString('latin1', 8, RIFF_HEAD_BYTES) !== 'WAVE') return null;
  let byteRate = 0;
  let at = RIFF_HEAD_BYTES;
  while (at + CHUNK_HEAD_BYTES <= file.length) {
    const name = file.toString('latin1', at, at + 4);
    const size = file.readUInt32LE(at + 4);
    const from = at + CHUNK_HEAD_BYTES;
    if (name === 'fmt ' && from + BYTE_RATE_AT + 4 <= file.length) byteRate = file.readUInt32LE(from + BYTE_RATE_AT);
    // A file that was streamed states no size, or too much: what is there counts.
    if (name === 'data') return byteRate === 0 ? null : soundOf(Math.min(size, totalBytes - from), byteRate);
    at = from + size + (size % 2);
  }
  return null;
}

const soundOf = (bytes: number, byteRate: number) => Math.ceil((bytes * 1000) / byteRate);
