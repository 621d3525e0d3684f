import { Buffer } from 'node:buffer';

const LINE_END = 0x0a;
const LEAST_BYTES = 512;
const MOST_BYTES = 32 * 1024;

/** Memory to begin with: what the last answer took, as the next will be alike. Each time it grows costs as much again. */
let firstBytes = LEAST_BYTES;
const roundUp = (bytes: number): number => 2 ** Math.ceil(Math.log2(bytes));

/**
 * Payloads kept as one piece of memory, a line each. Kept as they came they would hold what their socket read, and cost
 * more to look after than they are long: an answer of a thousand chunks would be three thousand objects.
 */
export class PayloadLines {
  #held: Buffer | null = null;
  #ends: number[] = [];
  #end = 0;

  get count(): number {
    return this.#ends.length;
  }

  /** Copies a payload behind the others. */
  add(payload: Uint8Array): void {
    const begin = this.#ends.length === 0 ? 0 : this.#end + 1;
    const end = begin + payload.length;
    const held = this.#roomFor(end);
    if (begin > 0) held[this.#end] = LINE_END;
    held.set(payload, begin);
    this.#end = end;
    this.#ends.push(end);
  }

  /** Each by itself, as views. */
  get payloads(): readonly Uint8Array[] {
    return this.#ends.map((end, place) => this.bytes.subarray(place === 0 ? 0 : (this.#ends[place - 1] ?? 0) + 1, end));
  }

  /** All of them, a line each. */
  get bytes(): Uint8Array {
    return this.#held?.subarray(0, this.#end) ?? new Uint8Array(0);
  }

  /** The same, once no more will come. */
  end(): Uint8Array {
    firstBytes = Math.min(Math.max(roundUp(this.#end), LEAST_BYTES), MOST_BYTES);
    return this.bytes;
  }

  clear(): void {
    this.#held = null;
    this.#ends = [];
    this.#end = 0;
  }

  #roomFor(end: number): Buffer {
    if (this.#held !== null && end <= this.#held.length) return this.#held;
    const roomy = Buffer.allocUnsafeSlow(Math.max(firstBytes, roundUp(end)));
    if (this.#held !== null) roomy.set(this.#held.subarray(0, this.#end));
    this.#held = roomy;
    return roomy;
  }
}
