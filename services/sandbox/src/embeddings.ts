import { drawFrom, hashText } from './hash.js';

/** A unit vector that depends on the words of the text, so that texts with common words lie closer together. */
export function embeddingOf(model: string, text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  const words =
    text
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu)
      ?.slice(0, 48) ?? [];
  for (const word of [text, ...words]) {
    const draw = drawFrom(hashText(`${model}/${word}`));
    for (let i = 0; i < dimensions; i += 1) vector[i] = (vector[i] ?? 0) + draw() - 0.5;
  }
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

/** The vector as vendors send it for `encoding_format: base64`: little-endian float32. */
export function toBase64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, i) => bytes.writeFloatLE(value, i * 4));
  return bytes.toString('base64');
}

/** The numbers as vendors print them. */
export function toNumbers(vector: Float32Array): number[] {
  return Array.from(vector, (value) => Number(value.toPrecision(8)));
}
