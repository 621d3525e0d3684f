import { SkeinError } from '@skein/contracts/errors';
import type { VendorAccess } from '../ask-vendor.js';
import { isObject, tryParseJson, type JsonObject } from '../json.js';
import { malformed } from '../vendor-errors.js';
import { writeMultipart } from '../plain/multipart.js';

const USER_AGENT = 'skein/0.1';
const PATIENCE_MS = 60_000;

/** Plain calls of a vendor's API beside its answers: files and batches. Every failure is a SkeinError of the vendor's. */
export class VendorClient {
  /** `always`: headers of every call: what the vendor's API asks for, and what tells our own sandbox whose it is. */
  constructor(
    private readonly access: VendorAccess,
    private readonly always: Readonly<Record<string, string>> = {},
  ) {}

  async json(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<JsonObject> {
    const bytes = body === undefined ? new Uint8Array(0) : new TextEncoder().encode(JSON.stringify(body));
    const answer = await this.bytes(method, path, bytes, { 'content-type': 'application/json', ...headers });
    return this.#read(answer);
  }

  /** Uploads a file of lines for a batch. */
  async upload(path: string, lines: Uint8Array): Promise<JsonObject> {
    const boundary = `skein-${crypto.randomUUID()}`;
    const file = { filename: 'batch.jsonl', contentType: 'application/jsonl', bytes: lines };
    const form = writeMultipart(boundary, [['purpose', 'batch']], file);
    return this.#read(await this.bytes('POST', path, form.body, { 'content-type': form.contentType }));
  }

  /** The bytes of a good answer. Throws what the adapter makes of any other. */
  async bytes(
    method: 'GET' | 'POST',
    path: string,
    body: Uint8Array = new Uint8Array(0),
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Uint8Array> {
    const { adapter, line, keys, clock } = this.access;
    const vendor = adapter.vendor.id;
    // Always the same key while it works: what one account has begun, another's key does not see.
    const [key] = keys.keysToTry(clock.monotonic()).toSorted((a, b) => (a.label < b.label ? -1 : 1));
    if (key === undefined) {
      throw new SkeinError('vendor_unauthorized', `${vendor} has no key to try.`, { source: 'vendor', vendor });
    }
    const outgoing = { host: line.host, path: line.basePath + path, body, at: clock.now(), region: line.region };
    const {
      statusCode,
      headers: told,
      body: answer,
    } = await line.pool
      .request({
        method,
        path: line.basePath + path,
        headers: { 'user-agent': USER_AGENT, ...headers, ...this.always, ...adapter.authorize(key.secret, outgoing) },
        ...(method === 'POST' && { body: Buffer.from(body) }),
        headersTimeout: PATIENCE_MS,
        bodyTimeout: PATIENCE_MS,
      })
      .catch((cause: unknown) => {
        throw new SkeinError('vendor_unreachable', `${vendor} could not be reached.`, {
          source: 'vendor',
          vendor,
          cause,
        });
      });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (statusCode >= 300) throw adapter.readError(statusCode, told, bytes, clock.now());
    return bytes;
  }

  #read(bytes: Uint8Array): JsonObject {
    const vendor = this.access.adapter.vendor.id;
    const value = tryParseJson(bytes);
    if (!isObject(value)) throw malformed(vendor, 'no JSON object where a batch was asked about');
    return value;
  }
}
