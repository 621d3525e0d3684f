import { estimateCost, isVendorId, qualityFor, vendorById, type Candidate, type ModelRecord } from '@skein/catalog';
import type { DeploymentHealth } from '@skein/contracts/health';

/** One model at one vendor, with what the catalogue knows of it. */
export interface Deployment {
  /** `vendor/model`. */
  readonly id: string;
  readonly vendor: string;
  readonly model: string;
  /** Null: the catalogue lacks it, so price, limits and quality are unknown. */
  readonly record: ModelRecord | null;
  /** Tokens of this vendor per estimated token. */
  readonly tokenFactor: number;
  readonly reasons: boolean;
}

/** How a deployment has been doing lately; undefined where nothing is known. */
export type HealthOf = (id: string) => DeploymentHealth | undefined;

/** Makes the deployment a name was resolved to. */
export function deploymentOf({ vendor, model, record }: Candidate): Deployment {
  return {
    id: `${vendor}/${model}`,
    vendor,
    model,
    record,
    tokenFactor: isVendorId(vendor) ? vendorById(vendor).quirks.tokenFactor : 1,
    reasons: record?.capabilities.reasoning === true,
  };
}

/** Where a candidate came from: it decides which walls it meets and how it is ordered. */
export type Origin = 'asked' | 'listed' | 'stand-in' | 'fallback';

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

/** A contender with what this request is expected to come to there. */
export interface Estimate {
  readonly contender: Contender;
  readonly health: DeploymentHealth | undefined;
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

/** What the request will come to at a contender: tokens, nano-USD, and ms to the first byte (streams) or the whole answer. */
export function estimateAt(contender: Contender, size: RequestSize, healthOf: HealthOf): Estimate {
  const { record, tokenFactor, id } = contender.deployment;
  const health = healthOf(id);
  const inputTokens = Math.ceil(size.tokens * tokenFactor);
  return {
    contender,
    health,
    quality: record === null ? null : qualityFor(record, size.task),
    inputTokens,
    outputTokens: size.outputTokens,
    costNanoUsd: record === null ? null : estimateCost(record, inputTokens, size.outputTokens),
    latencyMs: (size.stream ? health?.first_byte_p50_ms : health?.total_p50_ms) ?? null,
  };
}
