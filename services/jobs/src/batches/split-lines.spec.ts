import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { splitLines } from './split-lines.js';

async function* cut(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (let turn = 0; from < bytes.length; turn += 1) {
    const size = Math.max(1, sizes[turn % Math.max(1, sizes.length)] ?? bytes.length);
    yield bytes.subarray(from, from + size);
    from += size;
  }
}

async function linesOf(text: string, sizes: readonly number[] = []): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of splitLines(cut(new TextEncoder().encode(text), sizes)))
    lines.push(new TextDecoder().decode(line));
  return lines;
}

describe('splitting a file into lines', () => {
  it('needs no line break after the last line, and takes both kinds', async () => {
    expect(await linesOf('a\r\nb\n\nc')).toEqual(['a', 'b', '', 'c']);
    expect(await linesOf('a\n')).toEqual(['a']);
    expect(await linesOf('')).toEqual([]);
  });

  it('gives the same lines wherever the parts of the file end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.string({ unit: 'grapheme' }).map((line) => line.replace(/[\r\n]/g, ' ')),
          { maxLength: 8 },
        ),
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
        async (lines, sizes) => {
          const text = lines.map((line) => `${line}\n`).join('');
          expect(await linesOf(text, sizes)).toEqual(
            lines.map((line) => new TextDecoder().decode(new TextEncoder().encode(line))),
          );
        },
      ),
    );
  });
});
