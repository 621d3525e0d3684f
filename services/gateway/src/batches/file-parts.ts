/** Cuts a stream of bytes into parts of exactly `size` bytes, the last one shorter, holding one part at most. */
export async function* cutIntoParts(bytes: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let part = new Uint8Array(size);
  let filled = 0;
  for await (const chunk of bytes) {
    for (let from = 0; from < chunk.length;) {
      const piece = chunk.subarray(from, from + size - filled);
      part.set(piece, filled);
      filled += piece.length;
      from += piece.length;
      if (filled === size) {
        yield part;
        part = new Uint8Array(size);
        filled = 0;
      }
    }
  }
  if (filled > 0) yield part.subarray(0, filled);
}
