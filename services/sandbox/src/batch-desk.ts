// Batches at the simulated vendors: kept until they are due, then answered request by request as if each had come alone.
import type { IncomingHttpHeaders } from 'node:http';
import { isObject } from './json.js';
import type { VendorRequest } from './wire.js';

export interface BatchedRequest {
  readonly id: string;
  readonly path: string;
  readonly body: string;
}

export interface BatchOutcome {
  readonly id: string;
  readonly status: number;
  readonly body: string;
}

export interface KeptBatch {
  readonly id: string;
  readonly vendor: string;
  readonly headers: IncomingHttpHeaders;
  readonly requests: readonly BatchedRequest[];
  readonly marks: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
  /** When it is done, ms since the epoch. */
  readonly dueAt: number;
}

export interface BatchPace {
  /** How long a batch takes, ms. */
  readonly batchMs: number;
  /** Share of its requests that is done when it is cancelled before its time, 0 to 1. */
  readonly doneWhenCancelled: number;
}

interface Progress {
  outcomes: BatchOutcome[] | undefined;
  cancelled: boolean;
}

/** Answers one request of a batch as the vendor's wire would, and puts it into the audit. */
export type AnswerOne = (request: VendorRequest, id: string) => { status: number; body: string };

export class BatchDesk {
  readonly #batches = new Map<string, KeptBatch>();
  readonly #progress = new Map<string, Progress>();
  readonly #files = new Map<string, string>();
  #count = 0;

  constructor(
    private readonly answerOne: AnswerOne,
    private readonly paceOf: (vendor: string) => BatchPace,
    private readonly now: () => number,
  ) {}

  keepFile(text: string): string {
    const id = `file-${this.#next()}`;
    this.#files.set(id, text);
    return id;
  }

  readFile(id: string): string | undefined {
    return this.#files.get(id);
  }

  begin(request: VendorRequest, prefix: string, requests: readonly BatchedRequest[], marks: unknown): KeptBatch {
    const { vendor, headers } = request;
    const createdAt = this.now();
    const batch: KeptBatch = {
      id: `${prefix}${this.#next()}`,
      vendor,
      headers,
      requests,
      marks: isObject(marks) ? marks : {},
      createdAt,
      dueAt: createdAt + this.paceOf(vendor).batchMs,
    };
    this.#batches.set(batch.id, batch);
    this.#progress.set(batch.id, { outcomes: undefined, cancelled: false });
    return batch;
  }

  find(id: string): KeptBatch | undefined {
    return this.#batches.get(id);
  }

  /** How many were ever begun. */
  get begun(): number {
    return this.#batches.size;
  }

  /** Newest first. */
  list(vendor: string): KeptBatch[] {
    return [...this.#batches.values()].filter((batch) => batch.vendor === vendor).reverse();
  }

  stateOf(batch: KeptBatch): 'running' | 'done' | 'cancelled' {
    const progress = this.#progress.get(batch.id);
    if (progress?.cancelled === true) return 'cancelled';
    return this.now() >= batch.dueAt ? 'done' : 'running';
  }

  cancel(batch: KeptBatch): void {
    const progress = this.#progress.get(batch.id);
    if (progress === undefined || this.stateOf(batch) !== 'running') return;
    const done = Math.floor(batch.requests.length * this.paceOf(batch.vendor).doneWhenCancelled);
    progress.outcomes = batch.requests.slice(0, done).map((request) => this.#answer(batch, request));
    progress.cancelled = true;
  }

  /** Of a batch that has ended; none while it runs. Each request is answered once. */
  outcomes(batch: KeptBatch): readonly BatchOutcome[] {
    const progress = this.#progress.get(batch.id);
    if (progress === undefined || this.stateOf(batch) === 'running') return [];
    return (progress.outcomes ??= batch.requests.map((request) => this.#answer(batch, request)));
  }

  #answer(batch: KeptBatch, { id, path, body }: BatchedRequest): BatchOutcome {
    const request: VendorRequest = {
      vendor: batch.vendor,
      method: 'POST',
      path,
      query: new URLSearchParams(),
      headers: { ...batch.headers, 'content-type': 'application/json' },
      body,
      raw: Buffer.from(body),
      nowMs: this.now(),
    };
    return { id, ...this.answerOne(request, id) };
  }

  #next(): string {
    this.#count += 1;
    return `sb${this.#count.toString(36).padStart(8, '0')}`;
  }
}
