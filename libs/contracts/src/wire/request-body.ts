import { SkeinError } from '../errors/skein-error.js';

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * The customer's request as it was sent. The bytes travel; whoever needs the fields reads `json`, which is parsed at most
 * once per process and must be treated as frozen.
 */
export class RequestBody {
  #json: unknown;
  #parsed = false;

  constructor(readonly bytes: Uint8Array) {}

  /** The parsed body. Throws `invalid_request` when the bytes are not JSON in UTF-8. */
  get json(): unknown {
    if (!this.#parsed) {
      try {
        this.#json = JSON.parse(decoder.decode(this.bytes));
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new SkeinError('invalid_request', `The request body is not valid JSON: ${reason}`, { cause });
      }
      this.#parsed = true;
    }
    return this.#json;
  }

  /** Wraps a value that is not yet bytes (jobs, tests, the NATS door's own calls). */
  static of(value: unknown): RequestBody {
    return new RequestBody(new TextEncoder().encode(JSON.stringify(value)));
  }
}
