import { SkeinError } from '@skein/contracts/errors';
import type { DecideRouteRequest } from '@skein/contracts/router';
import { howToBringIn, NO_WORKER, SANDBOX_ASIDE, type FleetOf } from './fleet.js';
import type { Exclusion } from './walls.js';

/** A worker that died is back within about this time. */
const BACK_SOON_MS = 1_000;

/** At most this many models are named in a message; all of them are in its detail. */
const NAMED = 3;

/** The error of an empty set: which rules emptied it and what can be done; `unavailable` when a worker is only away. */
export function nothingAdmissible(
  request: DecideRouteRequest,
  excluded: readonly Exclusion[],
  fleet: FleetOf,
): SkeinError {
  const missing = [...new Set(excluded.filter(({ rule }) => rule === NO_WORKER).map(({ vendor }) => vendor))];
  if (excluded.every(({ rule }) => rule === NO_WORKER) && missing.some(fleet.wasHere)) {
    return away(`The worker of ${missing.filter(fleet.wasHere).join(', ')} is away at the moment.`);
  }
  const byRule = Map.groupBy(excluded, ({ rule }) => rule);
  const sentences = [...byRule].map(([rule, out]) => `${rule} rules out ${named(out)}`);
  const remedies = remediesFor(excluded);
  return new SkeinError(
    'no_admissible_model',
    `No model is admissible for "${request.model}": ${sentences.join('; ')}.${remedies}`,
    { param: 'model', detail: { rules: [...byRule.keys()], excluded } },
  );
}

function away(message: string): SkeinError {
  return new SkeinError('unavailable', message, { retryAfterMs: BACK_SOON_MS });
}

function named(excluded: readonly Exclusion[]): string {
  const names = excluded.slice(0, NAMED).map(({ vendor, model }) => `${vendor}/${model}`);
  const more = excluded.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function remediesFor(excluded: readonly Exclusion[]): string {
  const vendors = new Set(
    excluded.filter(({ rule }) => rule === NO_WORKER || rule === SANDBOX_ASIDE).map(({ vendor }) => vendor),
  );
  if (vendors.size === 0) return '';
  return ` To use ${[...vendors].map((vendor) => `${vendor}, ${howToBringIn(vendor)}`).join('; ')}.`;
}
