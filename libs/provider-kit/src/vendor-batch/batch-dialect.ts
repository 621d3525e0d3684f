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

/** A batch of which nobody noted the vendor's id. */
export interface LostBatch {
  readonly mark: string;
  /** What its requests are called. */
  readonly attemptIds: ReadonlySet<string>;
  /** When it was written down, before the vendor was told; milliseconds since the epoch. */
  readonly submittedAt: number;
}

/** `unsure`: the vendor has one under way that may be it; when that has ended, its results tell. */
export type FoundBatch = { readonly id: string } | 'none' | 'unsure';

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
  find(client: VendorClient, lost: LostBatch): Promise<FoundBatch>;
  look(client: VendorClient, id: string): Promise<BatchState>;
  /** Of an ended batch. Requests that the vendor did not come to are left out. */
  outcomes(client: VendorClient, id: string): Promise<readonly BatchOutcome[]>;
  cancel(client: VendorClient, id: string): Promise<void>;
}

export const foundAs = (id: string | null): FoundBatch => (id === null ? 'none' : { id });
