/**
 * What an attempt came to, computed once: the fact, the usage frame and the reply all come from this one value, so that
 * header, record and ledger agree to the last nano-dollar. Pure.
 */
import type {
  AnswerHead,
  AnswerValidation,
  AttemptEnding,
  AttemptFinishedFact,
  UsageBuckets,
  UsageFrame,
  VendorQuota,
} from '@skein/contracts/attempt';
import type { SkeinError } from '@skein/contracts/errors';
import type { AttemptOrder, AttemptOutcome } from '@skein/contracts/provider';
import type { AttemptCost, ModelRecord, VendorId } from '@skein/catalog';
import type { Counted } from './count-untold.js';
import { estimateUsage } from './estimate-usage.js';
import type { AnswerProgress } from './vendor-adapter.js';

/** How the attempt ended, as its run saw it. */
export interface AttemptEnd {
  readonly outcome: AttemptEnding;
  readonly error: SkeinError | null;
  /** Null where no answer was ever begun. */
  readonly progress: AnswerProgress | null;
  readonly firstByteMs: number | null;
  readonly totalMs: number;
  readonly vendorRequestId: string | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What came of checking the answer; null where there was nothing to check. */
  readonly validation: AnswerValidation | null;
}

export interface Settlement {
  readonly end: AttemptEnd;
  readonly usage: UsageBuckets | null;
  readonly usageSource: AttemptOutcome['usage_source'];
  readonly costNanoUsd: number | null;
  readonly priceRevision: string;
  readonly exchange: AttemptCost['exchange'];
  /** Did another model answer than was asked for? */
  readonly drifted: boolean;
}

export interface Prices {
  readonly revision: string;
  readonly hasDrifted: (vendor: VendorId, asked: string, served: string | null) => boolean;
  readonly costOfAttempt: (record: ModelRecord | null, usage: UsageBuckets, onDate: string) => AttemptCost;
}

/** Was something shown, and its usage not told, or not to the end? */
export function isUntold(progress: AnswerProgress | null): boolean {
  if (progress === null || (progress.usage !== null && progress.usageIsFinal)) return false;
  return progress.usage !== null || progress.outputBytes > 0;
}

/** What was used: as the vendor told it; estimated where something was shown and usage not told; else nothing is known. */
function settleUsage(
  progress: AnswerProgress | null,
  request: () => unknown,
  tokenFactor: number,
  counted?: Counted,
): Pick<Settlement, 'usage' | 'usageSource'> {
  if (progress === null) return { usage: null, usageSource: 'none' };
  if (!isUntold(progress)) return { usage: progress.usage, usageSource: progress.usage === null ? 'none' : 'provider' };
  const usage = estimateUsage(request(), progress.outputBytes, progress.usage, tokenFactor, counted);
  return { usage, usageSource: 'estimated' };
}

/**
 * Settles. `request` gives the customer's parsed body, should its tokens have to be estimated; `counted` is what was counted
 * of them by then.
 */
export function settleAttempt(
  end: AttemptEnd,
  request: () => unknown,
  asked: { readonly vendor: VendorId; readonly model: string; readonly record: ModelRecord | null },
  tokenFactor: number,
  prices: Prices,
  counted?: Counted,
): Settlement {
  const { usage, usageSource } = settleUsage(end.progress, request, tokenFactor, counted);
  const cost = usage === null ? null : prices.costOfAttempt(asked.record, usage, new Date(end.at).toISOString());
  return {
    end,
    usage,
    usageSource,
    costNanoUsd: cost?.cost_nano_usd ?? null,
    priceRevision: cost?.price_revision ?? prices.revision,
    exchange: cost?.exchange ?? null,
    drifted: prices.hasDrifted(asked.vendor, asked.model, end.progress?.modelServed ?? null),
  };
}

/** The fact that billing, health and records read. */
export function factOf(
  settlement: Settlement,
  order: AttemptOrder,
  rest: {
    instance: string;
    sandboxed: boolean;
    traceparent?: string;
    key: string | null;
    region: string | null;
    quota: VendorQuota | null;
  },
): AttemptFinishedFact {
  return {
    ...identityOf(order, settlement.end.at, rest.traceparent),
    ...outcomeOf(settlement),
    price_revision: settlement.priceRevision,
    ...(settlement.exchange !== null && { exchange: settlement.exchange }),
    ...(settlement.drifted && { drifted: true }),
    stream: order.stream,
    sandboxed: rest.sandboxed,
    instance: rest.instance,
    key: rest.key,
    region: rest.region,
    ...(rest.quota !== null && { quota: rest.quota }),
  };
}

/** Who and what an attempt is, as both its facts carry it. */
export function identityOf(order: AttemptOrder, at: number, traceparent?: string) {
  return {
    attempt_id: order.head.attempt_id,
    request_id: order.request_id,
    attempt_no: order.head.attempt_no,
    kind: order.kind,
    caller: order.caller,
    vendor: order.head.vendor,
    model: order.head.model,
    task: order.task,
    at,
    ...(traceparent !== undefined && { traceparent }),
  };
}

export function usageFrameOf({ end, usage, usageSource, costNanoUsd }: Settlement, head: AnswerHead): UsageFrame {
  return {
    head,
    usage,
    usage_source: usageSource,
    cost_nano_usd: costNanoUsd,
    finish_reason: end.progress?.finishReason ?? null,
    first_byte_ms: end.firstByteMs,
    total_ms: end.totalMs,
  };
}

export function outcomeOf({ end, usage, usageSource, costNanoUsd }: Settlement): AttemptOutcome {
  return {
    outcome: end.outcome,
    usage,
    usage_source: usageSource,
    cost_nano_usd: costNanoUsd,
    finish_reason: end.progress?.finishReason ?? null,
    first_byte_ms: end.firstByteMs,
    total_ms: end.totalMs,
    model_served: end.progress?.modelServed ?? null,
    vendor_request_id: end.vendorRequestId,
    error: end.error?.toWire() ?? null,
    ...(end.validation !== null && { validation: end.validation }),
  };
}
