/** Whether a rollout goes on, back or ahead: a pure verdict on what was measured. */
import type { RolloutGuard } from '@skein/contracts/router';
import type { RolloutStanding } from './choose-arm.js';
import type { CompiledRollout } from './compile-policy.js';
import type { ArmSums } from './rolling-window.js';

export interface Measured {
  /** By id of the model. */
  readonly arms: ReadonlyMap<string, ArmSums>;
  /** The model it replaces; null where it replaces whatever comes first. */
  readonly baseline: ArmSums | null;
}

export type Verdict =
  | { readonly do: 'stay' }
  | { readonly do: 'roll_back'; readonly reason: string }
  | { readonly do: 'advance'; readonly step: number; readonly state: 'running' | 'done' };

const MINUTE_MS = 60_000;

/** `sinceMs`: how long the rollout has stood at its step. */
export function judgeRollout(
  { rollout }: CompiledRollout,
  standing: RolloutStanding,
  sinceMs: number,
  measured: Measured,
): Verdict {
  if (standing.state === 'rolled_back') return { do: 'stay' };
  for (const [id, sums] of measured.arms) {
    const reason = regressionOf(id, sums, measured.baseline, rollout.guard);
    if (reason !== null) return { do: 'roll_back', reason };
  }
  if (rollout.kind !== 'canary' || rollout.step_minutes === null || standing.state === 'done') return { do: 'stay' };
  const isKnown = [...measured.arms.values()].every(({ attempts }) => attempts >= rollout.guard.min_attempts);
  if (!isKnown || sinceMs < rollout.step_minutes * MINUTE_MS) return { do: 'stay' };
  return nextStepOf(rollout.steps, standing.step);
}

/** The step after this one; the last one stays, done. */
export function nextStepOf(steps: readonly number[], step: number): Verdict & { do: 'advance' } {
  const last = steps.length - 1;
  return step >= last
    ? { do: 'advance', step: last, state: 'done' }
    : { do: 'advance', step: step + 1, state: 'running' };
}

function regressionOf(id: string, arm: ArmSums, baseline: ArmSums | null, guard: RolloutGuard): string | null {
  if (arm.attempts < guard.min_attempts) return null;
  const rate = arm.errors / arm.attempts;
  if (rate > guard.error_rate) {
    return `${id} failed in ${arm.errors} of ${arm.attempts} attempts (${percent(rate)}; bound ${percent(guard.error_rate)})`;
  }
  if (baseline === null || baseline.attempts < guard.min_attempts) return null;
  const slower = ratio(arm.meanMs, baseline.meanMs);
  if (guard.latency_factor !== null && slower > guard.latency_factor)
    return `${id} takes ${slower.toFixed(2)} times as long (bound ${guard.latency_factor})`;
  const dearer = ratio(arm.meanCostNanoUsd, baseline.meanCostNanoUsd);
  if (guard.cost_factor !== null && dearer > guard.cost_factor)
    return `${id} costs ${dearer.toFixed(2)} times as much (bound ${guard.cost_factor})`;
  return null;
}

function ratio(value: number | null, base: number | null): number {
  return value === null || base === null || base === 0 ? 0 : value / base;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
