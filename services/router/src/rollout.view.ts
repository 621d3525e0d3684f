/**
 * Where the rollouts of the policy in force stand, the same for all routers through a snapshot. Each router judges what it
 * hears; whoever sees a regression first rolls back for all, and those who see it too say the same once more.
 */
import type { Bus } from '@skein/bus';
import { SkeinError } from '@skein/contracts/errors';
import { RolloutsSnapshot, type ArmFigures, type RolloutReport, type RolloutState } from '@skein/contracts/router';
import type { Logger } from '@skein/telemetry';
import { percentOf, type RolloutStanding } from './choose-arm.js';
import type { CompiledPolicy, CompiledRollout } from './compile-policy.js';
import { judgeRollout, nextStepOf, type Measured, type Verdict } from './judge-rollout.js';
import type { ArmSums } from './rolling-window.js';
import type { TrafficView } from './traffic.view.js';

/** How often rollouts are judged, ms: a bad canary is off well within a window. */
const JUDGE_EVERY_MS = 250;
const MINUTE_MS = 60_000;
const BY_ITSELF = 'guard';

const atStart: RolloutStanding = { state: 'running', step: 0 };

export class RolloutView {
  readonly #bus: Bus;
  readonly #traffic: TrafficView;
  readonly #logger: Logger;
  readonly #policy: () => CompiledPolicy | null;
  #states: ReadonlyMap<string, RolloutState> = new Map();
  #stopWatching: (() => void) | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(bus: Bus, traffic: TrafficView, logger: Logger, policy: () => CompiledPolicy | null) {
    this.#bus = bus;
    this.#traffic = traffic;
    this.#logger = logger;
    this.#policy = policy;
  }

  async start(): Promise<void> {
    this.#stopWatching = await this.#bus.watchSnapshot(RolloutsSnapshot, ({ states }) => {
      this.#states = new Map(states.map((state) => [state.name, state]));
    });
    this.#timer = setInterval(() => this.#judgeAll(Date.now()), JUDGE_EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    this.#stopWatching?.();
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** Where a rollout stands; one whose definition has changed begins anew. */
  readonly standingOf = (compiled: CompiledRollout): RolloutStanding => this.#stateOf(compiled) ?? atStart;

  /** Makes a rollout of a policy that has just come into force begin its time. */
  begin(policy: CompiledPolicy, by: string, now: number): void {
    const fresh = policy.rollouts.filter((rollout) => this.#stateOf(rollout) === undefined);
    if (fresh.length > 0)
      void this.#put(fresh.map((rollout) => stateFrom(rollout, atStart, { by, reason: null, at: now })));
  }

  reports(now: number): RolloutReport[] {
    return (this.#policy()?.rollouts ?? []).map((rollout) => this.#report(rollout, now));
  }

  /** Moves a rollout by a person's word. Throws `not_found`, and `invalid_request` where it has no further step. */
  async steer(
    name: string,
    action: 'rollback' | 'advance' | 'restart',
    by: string,
    now: number,
  ): Promise<RolloutReport> {
    const compiled = this.#policy()?.rollouts.find(({ rollout }) => rollout.name === name);
    if (compiled === undefined)
      throw new SkeinError('not_found', `There is no rollout "${name}" in force`, { param: 'name' });
    const standing = this.standingOf(compiled);
    const steered: Record<typeof action, () => RolloutStanding> = {
      rollback: () => ({ state: 'rolled_back', step: standing.step }),
      restart: () => atStart,
      advance: () => {
        if (compiled.rollout.kind !== 'canary' || standing.state !== 'running')
          throw new SkeinError('invalid_request', `The rollout "${name}" has no further step`, { param: 'action' });
        const { step, state } = nextStepOf(compiled.rollout.steps, standing.step);
        return { step, state };
      },
    };
    await this.#put([stateFrom(compiled, steered[action](), { by, reason: `${action} by hand`, at: now })]);
    return this.#report(compiled, now);
  }

  #judgeAll(now: number): void {
    for (const compiled of this.#policy()?.rollouts ?? []) {
      const state = this.#stateOf(compiled);
      const verdict = judgeRollout(
        compiled,
        state ?? atStart,
        now - (state?.since ?? now),
        this.#measure(compiled, now),
      );
      const moved = movedBy(verdict, state ?? atStart);
      if (moved === null) continue;
      const { name } = compiled.rollout;
      const reason = verdict.do === 'roll_back' ? verdict.reason : `step ${moved.step + 1} reached`;
      this.#logger[verdict.do === 'roll_back' ? 'warn' : 'info']({ rollout: name, reason }, `rollout ${moved.state}`);
      void this.#put([stateFrom(compiled, moved, { by: BY_ITSELF, reason, at: now })]);
    }
  }

  #stateOf({ rollout, definition }: CompiledRollout): RolloutState | undefined {
    const state = this.#states.get(rollout.name);
    return state?.definition === definition ? state : undefined;
  }

  /** Takes states in at once and puts them for the others; those of rollouts no longer in force are dropped. */
  async #put(states: readonly RolloutState[]): Promise<void> {
    const all = new Map(this.#states);
    for (const state of states) all.set(state.name, state);
    const inForce = new Set(this.#policy()?.rollouts.map(({ rollout }) => rollout.name));
    for (const name of all.keys()) if (!inForce.has(name)) all.delete(name);
    this.#states = all;
    try {
      await this.#bus.putSnapshot(RolloutsSnapshot, { states: [...all.values()] });
    } catch (err) {
      this.#logger.warn({ err }, 'where rollouts stand could not be put for the other routers');
    }
  }

  #measure({ rollout, arms, of }: CompiledRollout, now: number): Measured {
    const from = now - rollout.guard.window_minutes * MINUTE_MS;
    const state = this.#states.get(rollout.name);
    const sums = (id: string): ArmSums => this.#traffic.windowOf(id).since(Math.max(from, state?.since ?? 0));
    const [baseline] = of ?? [];
    return {
      arms: new Map([...arms.values()].map(({ deployment }) => [deployment.id, sums(deployment.id)])),
      baseline: baseline === undefined ? null : sums(baseline),
    };
  }

  #report(compiled: CompiledRollout, now: number): RolloutReport {
    const { rollout, of } = compiled;
    const state = this.#stateOf(compiled);
    const standing = state ?? atStart;
    const { arms, baseline } = this.#measure(compiled, now);
    const [replaced] = of ?? [];
    return {
      name: rollout.name,
      kind: rollout.kind,
      state: standing.state,
      percent: percentOf(compiled, standing),
      since: state?.since ?? null,
      by: state?.by ?? null,
      reason: state?.reason ?? null,
      arms: [...arms].map(([model, sums]) => figuresOf(model, sums)),
      baseline: baseline === null || replaced === undefined ? null : figuresOf(replaced, baseline),
    };
  }
}

function movedBy(verdict: Verdict, { step }: RolloutStanding): RolloutStanding | null {
  switch (verdict.do) {
    case 'stay':
      return null;
    case 'roll_back':
      return { state: 'rolled_back', step };
    case 'advance':
      return { state: verdict.state, step: verdict.step };
  }
}

function stateFrom(
  { rollout, definition }: CompiledRollout,
  { state, step }: RolloutStanding,
  { by, reason, at }: { by: string; reason: string | null; at: number },
): RolloutState {
  return { name: rollout.name, definition, state, step, since: at, by, reason };
}

function figuresOf(model: string, { attempts, errors, meanMs, meanCostNanoUsd }: ArmSums): ArmFigures {
  return { model, attempts, errors, mean_ms: meanMs, mean_cost_nano_usd: meanCostNanoUsd };
}
