/** Hears attempts and probes, keeps everyone's health, and puts it for routers and conductors: when it changed, and not too often. */
import { Inject, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { BUS, LOGGER, SETTINGS } from '@skein/boot';
import { newId, type Bus, type Lease } from '@skein/bus';
import type { SettingsOf } from '@skein/config';
import { AttemptFinished } from '@skein/contracts/attempt';
import { AlertRaised, HealthSnapshot, type CircuitChange, type HealthRevision } from '@skein/contracts/health';
import { observableGauge, type Logger } from '@skein/telemetry';
import { alertOfCircuit, alertOfRollback, type Alert } from './alerts.js';
import { circuitRules } from './circuit.js';
import { Deployments, type CircuitMove, type Moves } from './deployments.js';
import { countAlert, observeCircuits } from './health-metrics.js';
import type { healthSettings } from './settings.js';
import { VendorCircuits, type ProbeSeen } from './vendor-circuits.js';

/** The longest a change waits, in ms; circuits that open are put at once. */
const PUT_EVERY_MS = 500;
/** Changes that are kept for who asks what happened. */
const HISTORY = 100;
/** One health room of several speaks for all: alerts and probes are its business while it holds this. */
const LEASE = 'health';
const LEASE_MS = 6_000;

export class HealthWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #bus: Bus;
  readonly #logger: Logger;
  readonly #deployments: Deployments;
  readonly #vendors: VendorCircuits;
  readonly #lease: Lease;
  #history: readonly CircuitChange[] = [];
  #isSpeaker = false;
  #lastPut = '';
  #puts = 0;
  #isPutting = false;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #stops: (() => void)[] = [];

  constructor(
    @Inject(BUS) bus: Bus,
    @Inject(LOGGER) logger: Logger,
    @Inject(SETTINGS) settings: SettingsOf<typeof healthSettings>,
  ) {
    this.#bus = bus;
    this.#logger = logger;
    const rules = {
      ...circuitRules,
      consecutiveErrors: settings.HEALTH_CONSECUTIVE_ERRORS,
      errorRate: settings.HEALTH_ERROR_RATE,
    };
    this.#deployments = new Deployments(rules);
    // Probes are few: their rule is that of the issue, whatever is set for attempts.
    this.#vendors = new VendorCircuits(settings.HEALTH_PROBE_SLOW_MS);
    this.#lease = bus.lease(LEASE, LEASE_MS);
  }

  /** Does this health room speak for all? Only one does. */
  get isSpeaker(): boolean {
    return this.#isSpeaker;
  }

  async onApplicationBootstrap(): Promise<void> {
    this.#stops.push(await this.#bus.watchSnapshot(HealthSnapshot, (revision) => this.#adopt(revision)));
    await this.#holdLease();
    this.#stops.push(
      this.#bus.watchFacts(AttemptFinished, (fact) => this.#noteMoves(this.#deployments.hear(fact, Date.now()))),
      observableGauge('skein_circuit_state', 'Circuits: 0 closed, 1 half open, 2 open', () =>
        observeCircuits(this.#deployments.report(Date.now()), this.#vendors.report()),
      ),
    );
    this.#timers.push(
      setInterval(() => this.#turn(), PUT_EVERY_MS).unref(),
      setInterval(() => void this.#holdLease(), LEASE_MS / 3).unref(),
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    for (const stop of this.#stops) stop();
    await this.#lease.letGo();
  }

  /** What a probe has shown. */
  hearProbe(vendor: string, probe: ProbeSeen): void {
    const move = this.#vendors.hearProbe(vendor, probe, Date.now());
    this.#noteMoves({ circuits: move === null ? [] : [move], rollbacks: [] });
  }

  /** Takes a vendor out for so many ms, or puts it back (0), and waits until the others are told. */
  async override(vendor: string, outMs: number): Promise<number | null> {
    const until = outMs === 0 ? null : Date.now() + outMs;
    const move = this.#vendors.takeOut(vendor, until);
    this.#noteMoves({ circuits: move === null ? [] : [move], rollbacks: [] });
    await this.#put(this.#compose());
    return until;
  }

  async #holdLease(): Promise<void> {
    this.#isSpeaker = await this.#lease.tryHold();
  }

  /** Another room's word on who is taken out is ours too; circuits only where we know nothing ourselves. */
  #adopt({ revision, deployments, vendors = [], history = [] }: HealthRevision): void {
    if (revision.startsWith(`${this.#bus.instance}-`)) return;
    const now = Date.now();
    this.#deployments.restore(deployments, now);
    this.#vendors.adopt(vendors, now);
    if (this.#history.length === 0) this.#history = history;
  }

  #turn(): void {
    const now = Date.now();
    const { circuits, rollbacks } = this.#deployments.tick(now);
    this.#noteMoves({ circuits: [...circuits, ...this.#vendors.tick(now)], rollbacks });
    void this.#putIfChanged();
  }

  #noteMoves({ circuits, rollbacks }: Moves): void {
    if (circuits.length === 0 && rollbacks.length === 0) return;
    const at = Date.now();
    this.#history = [...circuits.map((move) => ({ ...move, at })), ...this.#history].slice(0, HISTORY);
    for (const move of circuits) this.#log(move);
    const alerts = [...circuits.map(alertOfCircuit), ...rollbacks.map(alertOfRollback)];
    for (const alert of alerts) if (alert !== null) this.#raise(alert, at);
    void this.#putIfChanged();
  }

  #raise(alert: Alert, at: number): void {
    if (!this.#isSpeaker) return;
    countAlert(alert);
    void this.#bus.state(AlertRaised, { ...alert, id: newId('alert'), at }, 'soon').catch((error: unknown) => {
      this.#logger.warn({ err: error, alert }, 'an alert could not be stated');
    });
  }

  #compose(): Omit<HealthRevision, 'revision' | 'at'> {
    const now = Date.now();
    return {
      deployments: this.#deployments.report(now),
      vendors: this.#vendors.report().map((standing) => ({
        ...standing,
        ...this.#deployments.figuresOf(standing.vendor, now),
      })),
      groups: this.#deployments.groups(now),
      history: [...this.#history],
    };
  }

  /** One put at a time; what changes meanwhile goes with the next. */
  async #putIfChanged(): Promise<void> {
    if (this.#isPutting) return;
    const composed = this.#compose();
    if (JSON.stringify(composed) === this.#lastPut) return;
    this.#isPutting = true;
    try {
      await this.#put(composed);
    } catch (error) {
      this.#logger.debug({ err: error }, 'health could not be put; it is tried again');
    } finally {
      this.#isPutting = false;
    }
  }

  async #put(composed: Omit<HealthRevision, 'revision' | 'at'>): Promise<void> {
    this.#puts += 1;
    const revision = `${this.#bus.instance}-${this.#puts}`;
    await this.#bus.putSnapshot(HealthSnapshot, { revision, at: Date.now(), ...composed });
    this.#lastPut = JSON.stringify(composed);
  }

  #log(change: CircuitMove): void {
    this.#logger[change.to === 'open' ? 'warn' : 'info'](change, `circuit ${change.to}`);
  }
}
