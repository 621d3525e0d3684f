import { SkeinError } from '@skein/contracts/errors';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Longest line, bytes: that of any request body. */
export const LINE_MAX_BYTES = 33_554_432;

/**
 * Splits parts of a file into lines, whatever their borders, holding at most one line. A line is its bytes without the line
 * break; a last line needs none. Throws `invalid_request` for a line over `LINE_MAX_BYTES`.
 */
export async function* splitLines(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let begun: Uint8Array[] = [];
  let begunBytes = 0;
  for await (const part of parts) {
    let from = 0;
    for (let to = part.indexOf(LINE_FEED); to !== -1; to = part.indexOf(LINE_FEED, from)) {
      begun.push(part.subarray(from, to));
      yield joinLine(begun);
      begun = [];
      begunBytes = 0;
      from = to + 1;
    }
    begun.push(part.subarray(from));
    begunBytes += part.length - from;
    if (begunBytes > LINE_MAX_BYTES) {
      throw new SkeinError('invalid_request', `A line has more than ${LINE_MAX_BYTES} bytes.`, { param: 'file' });
    }
  }
  const last = joinLine(begun);
  if (last.length > 0) yield last;
}

function joinLine(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  const line = pieces.length === 1 && only !== undefined ? only : new Uint8Array(Buffer.concat(pieces));
  return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}
