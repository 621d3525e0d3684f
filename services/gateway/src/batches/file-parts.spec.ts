import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cutIntoParts } from './file-parts.js';

describe('cutting an upload into parts', () => {
  it('loses and adds no byte, and every part but the last is full', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 40 })),
        fc.integer({ min: 1, max: 16 }),
        async (chunks, size) => {
          const parts: Uint8Array[] = [];
          for await (const part of cutIntoParts(chunksOf(chunks), size)) parts.push(part);
          expect(Buffer.concat(parts)).toEqual(Buffer.concat(chunks));
          for (const part of parts.slice(0, -1)) expect(part.length).toBe(size);
        },
      ),
    );
  });
});

async function* chunksOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
