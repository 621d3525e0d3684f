/** Which rollouts a request falls under, and into which arm. The draw is a hash, so every router draws alike. */
import { declaredTasks } from '@skein/contracts/gateway';
import type { DecideRouteRequest } from '@skein/contracts/router';
import { speaksOf } from './audience.js';
import type { CompiledRollout } from './compile-policy.js';
import { drawFor } from './draw.js';
import type { Listed } from './resolve-names.js';

/** Where a rollout stands. */
export interface RolloutStanding {
  readonly state: 'running' | 'done' | 'rolled_back';
  readonly step: number;
}

export const CONTROL = 'control';

export interface Arm {
  readonly name: string;
  /** The model whose turn it is; null in the control arm. */
  readonly to: Listed | null;
}

/** Per cent of traffic that a rollout moves at present. */
export function percentOf({ rollout }: CompiledRollout, { state, step }: RolloutStanding): number {
  if (state === 'rolled_back') return 0;
  if (rollout.kind === 'shadow') return rollout.percent;
  if (rollout.kind === 'ab')
    return Math.min(
      100,
      rollout.arms.reduce((sum, { percent }) => sum + percent, 0),
    );
  return rollout.steps[Math.min(step, rollout.steps.length - 1)] ?? 0;
}

/** The arm of a request; null where the rollout does not speak of it or has been rolled back. `chance`: 0 up to 1. */
export function chooseArm(
  compiled: CompiledRollout,
  standing: RolloutStanding,
  request: DecideRouteRequest,
  chance: number,
): Arm | null {
  const { rollout, arms } = compiled;
  if (standing.state === 'rolled_back' || !isMeant(compiled, request)) return null;
  const draw = 100 * drawOf(compiled, request, chance);
  const shares =
    rollout.kind === 'ab' ? rollout.arms : [{ name: rollout.kind, percent: percentOf(compiled, standing) }];
  let upTo = 0;
  for (const { name, percent } of shares) {
    upTo += percent;
    if (draw < upTo) return { name, to: arms.get(name) ?? null };
  }
  return { name: CONTROL, to: null };
}

function isMeant({ rollout: { who, tasks } }: CompiledRollout, request: DecideRouteRequest): boolean {
  if (who !== undefined && !speaksOf(who, request)) return false;
  if (tasks === undefined) return true;
  const { declared, task } = request.features;
  return declared === null ? tasks.includes(task) : tasks.includes(declared) || tasks.includes(declaredTasks[declared]);
}

function drawOf({ rollout }: CompiledRollout, request: DecideRouteRequest, chance: number): number {
  const { tenant, metadata, features } = request;
  switch (rollout.sticky) {
    case 'tenant':
      return drawFor(rollout.name, tenant);
    case 'conversation': {
      const held = features.thread ?? metadata.user;
      return held === undefined ? chance : drawFor(rollout.name, tenant, held);
    }
    case 'request':
      return chance;
  }
}
