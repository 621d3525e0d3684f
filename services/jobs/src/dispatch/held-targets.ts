// Which jobs wait because nobody could answer them now: all circuits open. Pure.
import type { HealthRevision } from '@skein/contracts/health';

export interface HeldTargets {
  /** `vendor/model`: jobs that name one and no fallback wait. */
  readonly targets: readonly string[];
  /** No vendor is left at all: every job waits. */
  readonly everything: boolean;
}

/** `vendors`: those with a worker. A vendor without any news is taken for well. */
export function heldTargets(health: HealthRevision | null, vendors: Iterable<string>, nowMs: number): HeldTargets {
  const open = new Map<string, boolean>();
  const targets: string[] = [];
  for (const { vendor, model, circuit, until } of health?.deployments ?? []) {
    const isOpen = circuit === 'open' && until !== null && until > nowMs;
    open.set(vendor, (open.get(vendor) ?? true) && isOpen);
    if (isOpen) targets.push(`${vendor}/${model}`);
  }
  const known = [...vendors];
  return { targets, everything: known.length > 0 && known.every((vendor) => open.get(vendor) === true) };
}

/** The one deployment a job can go to: the model it names with its vendor; null when it may go elsewhere, too. */
export function targetOf(
  model: string,
  fallbacks: readonly string[],
): { vendor: string | null; target: string | null } {
  const slash = model.indexOf('/');
  const vendor = slash > 0 && !model.startsWith('workflow/') ? model.slice(0, slash) : null;
  return { vendor, target: vendor !== null && fallbacks.length === 0 ? model : null };
}
