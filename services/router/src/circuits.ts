/** Which deployments are resting after failures, and what a plan does with them and with those that err too often. */
import { SkeinError } from '@skein/contracts/errors';
import type { Estimate } from './deployment.js';

/** Is nothing to be sent there now? An opening whose moment has passed no longer counts, should health be away. */
export function isOpen({ health }: Estimate, now: number): boolean {
  return health?.circuit === 'open' && (health.until === null || health.until > now);
}

/** Nobody knows when it closes: a customer is told to come back about then. */
const UNKNOWN_REST_MS = 5_000;

interface Entry {
  readonly estimate: Estimate;
}

/**
 * Splits a plan's entries by circuit: open ones are left out. Who asks for one model by name and lists nothing beside it
 * hears that vendor's own word, unless an operator took the vendor out.
 */
export function setOpenAside<E extends Entry>(
  entries: readonly E[],
  now: number,
): { readonly kept: readonly E[]; readonly resting: readonly E[] } {
  const isAlone = entries.length === 1;
  const passes = ({ estimate }: E) =>
    !isOpen(estimate, now) || (isAlone && estimate.contender.origin === 'asked' && estimate.health?.taken_out !== true);
  return { kept: entries.filter(passes), resting: entries.filter((entry) => !passes(entry)) };
}

/** Models that err too often stand behind those that do not, until they are well again. Otherwise the order stays. */
export function putBackups<E extends Entry>(entries: readonly E[]): readonly E[] {
  const isRolledBack = ({ estimate }: E) => estimate.health?.rolled_back === true;
  if (!entries.some(isRolledBack)) return entries;
  return [...entries.filter((entry) => !isRolledBack(entry)), ...entries.filter(isRolledBack)];
}

/** What the caller should know when the plan begins with another model than it would have, had all been well. */
export function downgradeNotice(wanted: Entry | undefined, first: Entry | undefined): string | null {
  if (wanted === undefined || first === undefined || wanted === first) return null;
  const why = wanted.estimate.health?.rolled_back === true ? 'errs too often at the moment' : 'rests after failures';
  return `${wanted.estimate.contender.deployment.id} ${why}; ${first.estimate.contender.deployment.id} is asked instead`;
}

/** Every circuit is open: 429 where all were rate-limited, else 503, with the moment at which the first may be asked. */
export function allResting(resting: readonly Entry[], now: number): SkeinError {
  const untils = resting.map(({ estimate }) => estimate.health?.until ?? now + UNKNOWN_REST_MS);
  const retryAfterMs = Math.max(1, Math.min(...untils) - now);
  const names = resting.map(({ estimate }) => estimate.contender.deployment.id).join(', ');
  const areLimited = resting.every(
    ({ estimate: { health } }) =>
      health !== undefined && health.rate_limited > 0 && health.rate_limited === health.errors,
  );
  return new SkeinError('unavailable', `Every admissible model rests after failures: ${names}.`, {
    retryAfterMs,
    ...(areLimited && { status: 429 }),
    detail: { reason: 'circuits_open' },
  });
}
