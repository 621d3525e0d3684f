import { SkeinError } from '../errors/skein-error.js';

const decoder = new TextDecoder('utf-8', { fatal: true });
const encoder = new TextEncoder();

/**
 * The first byte of a body with a file, and of no JSON. After it come the length of the JSON in bytes (32 bits, big endian),
 * the JSON, and the file as it is.
 */
const WITH_FILE = 0;
const HEAD_BYTES = 5;

/**
 * The customer's request as it was sent. The bytes travel; whoever needs the fields reads `json`, which is parsed once
 * and must be treated as frozen. A file that belongs to it travels behind the JSON, unread.
 */
export class RequestBody {
  #json: unknown;
  #parsed = false;

  constructor(readonly bytes: Uint8Array) {}

  /** The parsed body. Throws `invalid_request` when the bytes are not JSON in UTF-8. */
  get json(): unknown {
    if (!this.#parsed) {
      try {
        this.#json = JSON.parse(decoder.decode(this.#parts().json));
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new SkeinError('invalid_request', `The request body is not valid JSON: ${reason}`, { cause });
      }
      this.#parsed = true;
    }
    return this.#json;
  }

  /** Lets go of what was parsed: a long answer need not hold it. Whoever reads it again, it is parsed anew. */
  forgetJson(): void {
    this.#json = undefined;
    this.#parsed = false;
  }

  /** The file behind the JSON, not copied; null where there is none. */
  get file(): Uint8Array | null {
    return this.#parts().file;
  }

  /** Wraps a value that is not yet bytes (jobs, tests, the NATS door's own calls). */
  static of(value: unknown): RequestBody {
    return new RequestBody(encoder.encode(JSON.stringify(value)));
  }

  /** A value with a file that belongs to it. */
  static withFile(value: unknown, file: Uint8Array): RequestBody {
    const json = encoder.encode(JSON.stringify(value));
    const bytes = new Uint8Array(HEAD_BYTES + json.length + file.length);
    bytes[0] = WITH_FILE;
    new DataView(bytes.buffer).setUint32(1, json.length);
    bytes.set(json, HEAD_BYTES);
    bytes.set(file, HEAD_BYTES + json.length);
    return new RequestBody(bytes);
  }

  #parts(): { json: Uint8Array; file: Uint8Array | null } {
    const { bytes } = this;
    if (bytes[0] !== WITH_FILE || bytes.length < HEAD_BYTES) return { json: bytes, file: null };
    const end = HEAD_BYTES + new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
    return { json: bytes.subarray(HEAD_BYTES, end), file: bytes.subarray(end) };
  }
}
