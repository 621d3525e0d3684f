/**
 * What keeps a contender out, whatever its merits. Each wall has a rule's name, which `explain` shows and errors cite.
 * Unknown never satisfies a demand. A model asked for by `vendor/model` is sent as asked: only the operator's walls, the
 * caller's own demands and the fleet stop it, not what the catalogue believes it can do. A fallback written that way is
 * stopped by what is known against it, not by what is unknown.
 */
import { complies, parseUsd, servesPlain, servesRegion, vendorById, type Capability } from '@skein/catalog';
import type { Need } from '@skein/contracts/classifier';
import { operationTable } from '@skein/contracts/operation';
import type { DecideRouteRequest } from '@skein/contracts/router';
import type { Binding, CompiledPolicy } from './compile-policy.js';
import type { Estimate } from './deployment.js';
import type { FleetOf } from './fleet.js';

/** Who was kept out, and by which rule; `explain` shows it and errors cite it. */
export interface Exclusion {
  readonly vendor: string;
  readonly model: string;
  readonly rule: string;
}

/** What all walls of one request are asked with. */
export interface Grounds {
  readonly request: DecideRouteRequest;
  readonly compiled: CompiledPolicy;
  readonly fleet: FleetOf;
  /** Nano-USD; null: the caller set none. */
  readonly maxCost: number | null;
  /** The nearer of the caller's bound and the policy's, nano-USD; null: neither applies. */
  readonly bound: number | null;
  /** The policy's binding that speaks of the caller. */
  readonly binding: Binding | null;
}

/** Gives the broken rule's name, or null where the contender passes. */
type Wall = (estimate: Estimate, grounds: Grounds) => string | null;

const capabilityFor: Record<Need, Capability> = {
  tools: 'tools',
  schema: 'json_schema',
  vision: 'vision',
  audio: 'audio_in',
  documents: 'documents',
};

const vendorAllowed: Wall = ({ contender: { deployment } }, { compiled }) => {
  const { allow, deny } = compiled;
  if (deny.has(deployment.vendor)) return 'vendors.deny';
  return allow !== null && !allow.has(deployment.vendor) ? 'vendors.allow' : null;
};

const bound: Wall = ({ contender: { deployment } }, { binding }) =>
  binding === null || binding.ids.has(deployment.id) ? null : binding.rule;

/** What the policy demands and what the caller demands, both. */
const compliance: Wall = ({ contender: { deployment } }, { request, compiled }) => {
  const lacks = (tags: CompiledPolicy['policy']['compliance']) => tags.find((tag) => !complies(deployment.terms, tag));
  const missing = lacks(compiled.policy.compliance) ?? lacks(request.metadata.compliance ?? []);
  return missing === undefined ? null : `compliance.${missing}`;
};

const region: Wall = ({ contender: { deployment } }, { request, compiled }) => {
  const wanted = request.metadata.region ?? compiled.policy.region;
  return wanted === null || servesRegion(deployment.terms, wanted) ? null : 'region';
};

const served: Wall = ({ contender: { deployment, origin } }, { fleet }) => fleet.barrier(deployment.vendor, origin);

const kind: Wall = ({ contender: { deployment, origin } }, { request }) => {
  const { record } = deployment;
  const operation = request.operation ?? 'chat';
  if (record === null || origin === 'asked') return null;
  const cannot =
    operation === 'chat'
      ? record.capabilities.chat_completions === false && vendorById(record.vendor).quirks.responses === 'none'
      : !servesPlain(record.vendor, operation);
  return record.kind !== operationTable[operation].kind || cannot ? `capability.${operation}` : null;
};

const capabilities: Wall = ({ contender: { deployment, origin, byName } }, { request }) => {
  if (origin === 'asked') return null;
  const missing = request.features.needs.find((need) => {
    const can = deployment.record?.capabilities[capabilityFor[need]] ?? null;
    return byName ? can === false : can !== true;
  });
  return missing === undefined ? null : `capability.${missing}`;
};

/** Only a prompt has to fit as a whole: what is embedded or judged goes in piece by piece. */
const window: Wall = ({ contender: { deployment, origin }, inputTokens }, { request, compiled }) => {
  const { record } = deployment;
  const { operation = 'chat' } = request;
  if (record === null || origin === 'asked' || operation !== 'chat') return null;
  const asked = request.max_output_tokens ?? 0;
  const isTooLong = record.context_window !== null && inputTokens + asked > record.context_window;
  if (isTooLong && !compiled.policy.context.trim) return 'context_window';
  return record.max_output_tokens !== null && asked > record.max_output_tokens ? 'max_output_tokens' : null;
};

const cost: Wall = ({ contender, costNanoUsd }, { maxCost }) => {
  if (maxCost === null) return null;
  if (costNanoUsd === null) return contender.byName ? null : 'max_cost_usd';
  return costNanoUsd > maxCost ? 'max_cost_usd' : null;
};

/** Latency is learned, not stated: a deployment nobody has tried yet is let through, and says so. */
const latency: Wall = ({ latencyMs }, { request }) => {
  const bound = request.metadata.max_latency_ms;
  return bound !== undefined && latencyMs !== null && latencyMs > bound ? 'max_latency_ms' : null;
};

/** In the order they are asked: the operator's, the caller's, then what follows from the request. */
const walls: readonly Wall[] = [
  vendorAllowed,
  bound,
  compliance,
  region,
  served,
  kind,
  capabilities,
  window,
  cost,
  latency,
];

/** The first rule that keeps a contender out, or null. */
export function ruleAgainst(estimate: Estimate, grounds: Grounds): string | null {
  for (const wall of walls) {
    const rule = wall(estimate, grounds);
    if (rule !== null) return rule;
  }
  return null;
}

/** The caller's bound in nano-USD. */
export function maxCostOf({ metadata }: DecideRouteRequest): number | null {
  return metadata.max_cost_usd === undefined ? null : parseUsd(metadata.max_cost_usd);
}

/** What a caller should be told of a contender that was let through without knowing. */
export function doubtsAbout(estimate: Estimate, grounds: Grounds): readonly string[] {
  const { request, maxCost } = grounds;
  const { deployment, origin } = estimate.contender;
  const doubts: string[] = [];
  if (maxCost !== null && estimate.costNanoUsd === null) {
    doubts.push(`the price of ${deployment.id} is unknown, so max_cost_usd could not be checked`);
  }
  if (request.metadata.max_latency_ms !== undefined && estimate.latencyMs === null) {
    doubts.push(`the latency of ${deployment.id} is not known yet, so max_latency_ms could not be checked`);
  }
  if (origin === 'asked') {
    for (const need of request.features.needs) {
      if (deployment.record?.capabilities[capabilityFor[need]] === false) {
        doubts.push(`the catalogue says that ${deployment.id} takes no ${need}; sent as asked`);
      }
    }
  }
  return doubts;
}
