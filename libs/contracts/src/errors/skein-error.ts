import { z } from 'zod';
import { errorCodes, errorTable, isErrorCode, type ErrorCode, type ErrorRow } from './error-table.js';

/** The error as it crosses processes and rests in records: by code, never by class. */
export const wireError = z.object({
  code: z.enum(errorCodes as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  source: z.enum(['skein', 'vendor']),
  vendor: z.string().optional(),
  /** Status the customer should see instead of the table's (a vendor's own refusal keeps its status). */
  status: z.int().optional(),
  /** The field at fault, in the caller's own words. */
  param: z.string().nullable().optional(),
  /** The vendor's own error type or code, passed on for the caller's dialect. */
  vendor_code: z.string().nullable().optional(),
  retry_after_ms: z.number().nonnegative().optional(),
  detail: z.unknown().optional(),
});
export type WireError = z.infer<typeof wireError>;

export interface SkeinErrorOptions {
  source?: 'skein' | 'vendor';
  vendor?: string;
  status?: number;
  param?: string | null;
  vendorCode?: string | null;
  /** Milliseconds after which the same request may be tried again. */
  retryAfterMs?: number;
  /** Anything a reader of the record may need; must be plain JSON and free of secrets and prompt content. */
  detail?: unknown;
  cause?: unknown;
}

/** The one error class. Made once where the fault is known, logged once at the border that ends the work. */
export class SkeinError extends Error {
  readonly code: ErrorCode;
  readonly source: 'skein' | 'vendor';
  readonly vendor?: string;
  readonly param: string | null;
  readonly vendorCode: string | null;
  readonly retryAfterMs?: number;
  readonly detail?: unknown;
  readonly #status?: number;

  constructor(code: ErrorCode, message: string, options: SkeinErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SkeinError';
    this.code = code;
    this.source = options.source ?? 'skein';
    this.vendor = options.vendor;
    this.param = options.param ?? null;
    this.vendorCode = options.vendorCode ?? null;
    this.retryAfterMs = options.retryAfterMs;
    this.detail = options.detail;
    this.#status = options.status;
  }

  get row(): ErrorRow {
    return errorTable[this.code];
  }

  /** HTTP status for the customer: the vendor's own where it was kept, else the table's. */
  get status(): number {
    return this.#status ?? this.row.status;
  }

  toWire(): WireError {
    return {
      code: this.code,
      message: this.message,
      source: this.source,
      ...(this.vendor !== undefined && { vendor: this.vendor }),
      ...(this.#status !== undefined && { status: this.#status }),
      ...(this.param !== null && { param: this.param }),
      ...(this.vendorCode !== null && { vendor_code: this.vendorCode }),
      ...(this.retryAfterMs !== undefined && { retry_after_ms: this.retryAfterMs }),
      ...(this.detail !== undefined && { detail: this.detail }),
    };
  }
}

/** Rebuilds the error on the other side of the wire. A code this build does not know becomes `internal`. */
export function fromWireError(wire: WireError): SkeinError {
  return new SkeinError(isErrorCode(wire.code) ? wire.code : 'internal', wire.message, {
    source: wire.source,
    vendor: wire.vendor,
    status: wire.status,
    param: wire.param,
    vendorCode: wire.vendor_code,
    retryAfterMs: wire.retry_after_ms,
    detail: wire.detail,
  });
}

/** Anything thrown, as a SkeinError: our own unchanged, everything else `internal` with the cause kept for the log. */
export function toSkeinError(thrown: unknown): SkeinError {
  if (thrown instanceof SkeinError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new SkeinError('internal', message, { cause: thrown });
}
