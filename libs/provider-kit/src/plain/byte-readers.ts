/** Readers of answers that are no events but are streamed on all the same. */
import { Buffer } from 'node:buffer';
import { SseOverflow, type SseEvent } from '../sse-reader.js';
import type { EventReader } from '../vendor-adapter.js';

/** The names under which they tell what came. */
export const SOUND = 'sound';
export const WHOLE = 'whole';
export const ENDED = 'ended';

const NOTHING = Buffer.alloc(0);

/** Hands on every read as it came, and says when it was the last. */
export function readPieces(onEvent: (event: SseEvent) => void): EventReader {
  return {
    feed: (bytes) => onEvent({ event: SOUND, data: Buffer.from(bytes) }),
    end: () => onEvent({ event: ENDED, data: NOTHING }),
  };
}

/** Keeps what comes, and hands it on as one. Throws SseOverflow beyond `maxBytes`. */
export function readAsOne(onEvent: (event: SseEvent) => void, maxBytes: number): EventReader {
  const pieces: Uint8Array[] = [];
  let size = 0;
  return {
    feed(bytes) {
      size += bytes.length;
      if (size > maxBytes) throw new SseOverflow(maxBytes);
      pieces.push(bytes);
    },
    end: () => onEvent({ event: WHOLE, data: Buffer.concat(pieces) }),
  };
}
