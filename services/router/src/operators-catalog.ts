/** The catalogue a policy revision decides by: the release's, with what the policy adds and the pins that it keeps. */
import { catalogWith, pinsOf, type Candidate, type Catalog } from '@skein/catalog';
import type { PolicyProblem, PolicyRevision } from '@skein/contracts/router';
import { revisionOf } from './read-policy.js';

export interface OperatorsCatalog {
  readonly catalog: Catalog;
  readonly problems: readonly PolicyProblem[];
}

/** Lays the policy's additions over the release; where they cannot be, the release and the problems. */
export function operatorsCatalog(release: Catalog, policy: PolicyRevision['policy']): OperatorsCatalog {
  const extension = catalogWith(release, policy.catalog);
  if ('catalog' in extension) return { catalog: extension.catalog, problems: [] };
  return { catalog: release, problems: extension.problems.map((problem) => ({ ...problem, severity: 'error' })) };
}

/**
 * A revision that keeps what its floating names mean now. What the operator pinned himself stands. The same policy under
 * the same catalogue makes the same revision, whichever router states it.
 */
export function keepPins(revision: PolicyRevision, release: Catalog): PolicyRevision {
  const { policy } = revision;
  const { catalog } = operatorsCatalog(release, policy);
  const pins = { ...pinsOf(catalog, policy.pin), ...policy.pins };
  const isKept = Object.keys(pins).length === Object.keys(policy.pins).length;
  return isKept ? revision : revisionOf({ ...policy, pins });
}

/** What a name is sent as under a revision's pins: itself, or the dated name it means. */
export function pinned(candidate: Candidate, pins: Readonly<Record<string, string>>, catalog: Catalog): Candidate {
  const pin = pins[`${candidate.vendor}/${candidate.model}`];
  if (pin === undefined) return candidate;
  return { vendor: candidate.vendor, model: pin, record: catalog.recordOf(candidate.vendor, pin) ?? candidate.record };
}
