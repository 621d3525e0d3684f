import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeFrame, encodeFrame, joinFrames, readFrames, type Frame } from './frame.js';

const frames = fc.array(
  fc.record({
    kind: fc.constantFrom('chunk' as const, 'whole' as const, 'usage' as const, 'end' as const),
    seq: fc.nat(0xffffffff),
    hasContent: fc.boolean(),
    payload: fc.uint8Array(),
  }),
  { minLength: 1 },
);

function read(bytes: Uint8Array): Frame[] {
  const taken: Frame[] = [];
  readFrames(bytes, (frame) => taken.push(frame));
  return taken;
}

describe('frames of one message', () => {
  it('come out as they went in, however many they are', () => {
    fc.assert(
      fc.property(frames, (written) => {
        expect(read(joinFrames(written.map(encodeFrame)))).toEqual(written);
      }),
    );
  });

  it('are a message as it is where there is one', () => {
    const frame = encodeFrame({ kind: 'end', seq: 3, hasContent: false, payload: new Uint8Array(0) });
    expect(joinFrames([frame])).toBe(frame);
    expect(decodeFrame(frame)).toMatchObject({ kind: 'end', seq: 3 });
  });

  it('are given up to where a message was cut off or holds what is none of ours, and never throw', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void read(bytes)));
    const joined = joinFrames(
      [1, 2].map((seq) => encodeFrame({ kind: 'chunk', seq, hasContent: true, payload: new Uint8Array(8) })),
    );
    fc.assert(
      fc.property(fc.nat(joined.length), (length) => {
        const whole = read(joined.subarray(0, length)).filter(({ payload }) => payload.length === 8);
        expect(whole.map(({ seq }) => seq)).toEqual([1, 2].slice(0, whole.length));
      }),
    );
  });
});
