import type { ServerResponse } from 'node:http';

/** A reader this far behind is cut off: what waits for it must not fill the gateway. */
const MAX_UNSENT_BYTES = 16 * 1024 * 1024;

/**
 * Writes of one turn of the event loop leave together: a vendor's packet holds several chunks, and a write for each would
 * cost more than all else that is done with them. The first leave as soon as whoever brought them is done, because a
 * customer looks at nothing else yet.
 */
export class GatheredWrites {
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #hasBegun = false;
  #hasEnded = false;

  constructor(
    private readonly response: ServerResponse,
    private readonly onTooSlow: () => void,
  ) {}

  write(parts: readonly Uint8Array[]): void {
    if (!this.#hasBegun) queueMicrotask(() => this.#flush());
    else if (this.#parts.length === 0) setImmediate(() => this.#flush());
    this.#hasBegun = true;
    for (const part of parts) {
      this.#parts.push(part);
      this.#bytes += part.length;
    }
    if (this.#bytes + this.response.writableLength > MAX_UNSENT_BYTES) this.onTooSlow();
  }

  end(last: Uint8Array): void {
    this.#hasEnded = true;
    this.response.end(Buffer.concat([...this.#parts.splice(0), last]));
  }

  #flush(): void {
    if (this.#hasEnded || this.#parts.length === 0) return;
    const gathered = Buffer.concat(this.#parts.splice(0), this.#bytes);
    this.#bytes = 0;
    if (!this.response.destroyed) this.response.write(gathered);
  }
}
