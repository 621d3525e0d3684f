import type { VendorClient } from './vendor-client.js';

/** One request, translated; `body` is the vendor's own JSON. */
export interface BatchRequest {
  /** Ours: comes back with the result. */
  readonly id: string;
  /** Where it would be posted alone, after the base URL. */
  readonly path: string;
  /** What would stand above it. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface BatchToSubmit {
  readonly mark: string;
  readonly model: string;
  readonly requests: readonly BatchRequest[];
}

export type BatchState = 'running' | 'ended' | 'failed' | 'unknown';

/** What came of one request: the body of a good answer, or of a refusal with its status. */
export interface BatchOutcome {
  readonly id: string;
  readonly status: number;
  readonly body: Uint8Array;
}

/** How a vendor's own batch API is spoken to. What the requests and answers mean is the adapter's. */
export interface BatchDialect {
  /** Headers of every call. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Returns the vendor's id of the batch. */
  submit(client: VendorClient, batch: BatchToSubmit): Promise<string>;
  /** The vendor's id of the batch that has our mark; null where there is none, or the vendor keeps no marks. */
  find(client: VendorClient, mark: string): Promise<string | null>;
  look(client: VendorClient, id: string): Promise<BatchState>;
  /** Of an ended batch. Requests that the vendor did not come to are left out. */
  outcomes(client: VendorClient, id: string): Promise<readonly BatchOutcome[]>;
  cancel(client: VendorClient, id: string): Promise<void>;
}
