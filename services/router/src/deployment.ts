import {
  estimateCost,
  isVendorId,
  pricesOf,
  qualityFor,
  vendorById,
  CATALOG_TASKS,
  type Candidate,
  type ModelRecord,
  type VendorTerms,
} from '@skein/catalog';
import type { DeploymentHealth } from '@skein/contracts/health';

/** One model at one vendor, with what the catalogue knows of it. Made once per policy revision. */
export interface Deployment {
  /** `vendor/model`. */
  readonly id: string;
  readonly vendor: string;
  readonly model: string;
  /** Null: the catalogue lacks it, so price, limits and quality are unknown. */
  readonly record: ModelRecord | null;
  /** Compliance, regions and channel, also of a model that the catalogue lacks. */
  readonly terms: VendorTerms;
  /** Tokens of this vendor per estimated token. */
  readonly tokenFactor: number;
  readonly reasons: boolean;
  /** Nano-USD of so many tokens in and out, as the catalogue's `estimateCost`; null where the price is unknown. */
  readonly costOf: (inTokens: number, outTokens: number) => number | null;
  /** Quality of 10 by task; null where unknown. */
  readonly qualityFor: (task: string) => number | null;
}

/** How a deployment has been doing lately; undefined where nothing is known. */
export type HealthOf = (id: string) => DeploymentHealth | undefined;

/** Makes the deployment a name was resolved to. */
export function deploymentOf({ vendor, model, record }: Candidate, terms: VendorTerms): Deployment {
  const quality = new Map(CATALOG_TASKS.map((task) => [task as string, record && qualityFor(record, task)]));
  return {
    id: `${vendor}/${model}`,
    vendor,
    model,
    record,
    terms,
    tokenFactor: isVendorId(vendor) ? vendorById(vendor).quirks.tokenFactor : 1,
    reasons: record?.capabilities.reasoning === true,
    costOf: record === null ? () => null : priceReader(record),
    qualityFor: (task) => quality.get(task) ?? record?.quality ?? null,
  };
}

/** Beyond this a sum of pico-USD is no longer exact in a double, and the catalogue's own arithmetic is asked. */
const EXACT = 2 ** 52;
const PICO_PER_NANO = 1_000;

/** The newest prices as plain numbers: exact integers of pico-USD, rounded half-up to nano-USD once. */
function priceReader(record: ModelRecord): Deployment['costOf'] {
  const bounds = [0, ...(record.prices.at(-1)?.tiers ?? []).map(({ over_tokens }) => over_tokens + 1)];
  const prices = bounds.map((from) => ({ from, ...pricesOf(record, from) }));
  return (inTokens, outTokens) => {
    let at = prices.length - 1;
    while (at > 0 && inTokens < (prices[at]?.from ?? 0)) at -= 1;
    const { input, output, per_request = 0 } = prices[at] ?? {};
    if ((input === undefined && inTokens > 0) || (output === undefined && outTokens > 0) || record.prices.length === 0)
      return null;
    const pico = per_request + inTokens * (input ?? 0) + outTokens * (output ?? 0);
    return pico < EXACT
      ? Math.floor((pico + PICO_PER_NANO / 2) / PICO_PER_NANO)
      : estimateCost(record, inTokens, outTokens);
  };
}

/** Where a candidate came from: it decides which walls it meets and how it is ordered. */
export type Origin = 'asked' | 'preferred' | 'listed' | 'stand-in' | 'fallback';

/** A deployment in the running for one request. */
export interface Contender {
  readonly deployment: Deployment;
  readonly origin: Origin;
  /** Did the caller write it as `vendor/model`? */
  readonly byName: boolean;
  /** Place in its list, from 0. */
  readonly place: number;
  /** The half of its reason that says why it is here. */
  readonly because: string;
  readonly notices: readonly string[];
}

/** What is left at a vendor until its window begins anew, as it last said itself; null: it does not say. */
export interface Quota {
  readonly requestsLeft: number | null;
  readonly tokensLeft: number | null;
  /** Share of the window's limit that is left, 0-1; the scarcer of the two. */
  readonly share: number | null;
  /** Until the first of the windows begins anew, ms. */
  readonly resetsInMs?: number;
}

/** A contender with what this request is expected to come to there. */
export interface Estimate {
  readonly contender: Contender;
  readonly health: DeploymentHealth | undefined;
  readonly quota: Quota | undefined;
  readonly quality: number | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costNanoUsd: number | null;
  readonly latencyMs: number | null;
}

export interface RequestSize {
  readonly task: string;
  readonly tokens: number;
  /** Tokens the answer is expected to have, already bound by the caller's own limit. */
  readonly outputTokens: number;
  readonly stream: boolean;
}

/** What is known of a deployment from outside the policy. */
export interface Seen {
  readonly healthOf: HealthOf;
  readonly quotaOf: (id: string) => Quota | undefined;
}

/** What the request will come to at a contender: tokens, nano-USD, and ms to the first byte (streams) or the whole answer. */
export function estimateAt(contender: Contender, size: RequestSize, seen: Seen): Estimate {
  const { tokenFactor, id, costOf, qualityFor: qualityAt } = contender.deployment;
  const health = seen.healthOf(id);
  const inputTokens = Math.ceil(size.tokens * tokenFactor);
  return {
    contender,
    health,
    quota: seen.quotaOf(id),
    quality: qualityAt(size.task),
    inputTokens,
    outputTokens: size.outputTokens,
    costNanoUsd: costOf(inputTokens, size.outputTokens),
    latencyMs: (size.stream ? health?.first_byte_p50_ms : health?.total_p50_ms) ?? null,
  };
}
