/** Tells when a vendor answers with another model than it was asked for: once an hour for each pair, from every replica once. */
import { Inject, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { BUS, LOGGER } from '@skein/boot';
import type { Bus } from '@skein/bus';
import { AttemptFinished, type AttemptFinishedFact } from '@skein/contracts/attempt';
import { AlertRaised, type AlertRaisedFact } from '@skein/contracts/health';
import type { Logger } from '@skein/telemetry';

const HOUR_MS = 3_600_000;

/** The alert of an attempt that another model answered; null where none did. Its id is the same in every replica. */
export function driftAlert(fact: AttemptFinishedFact): AlertRaisedFact | null {
  if (fact.drifted !== true || fact.model_served === null) return null;
  const { vendor, model, model_served: served, at } = fact;
  return {
    id: `drift:${vendor}/${model}:${served}:${Math.floor(at / HOUR_MS)}`,
    kind: 'model_drifted',
    vendor,
    model,
    message: `${vendor}/${model} was answered by ${served}`,
    until: null,
    at,
  };
}

export class DriftWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #bus: Bus;
  readonly #logger: Logger;
  #raised = new Set<string>();
  #hour = 0;
  #stopWatching: (() => void) | null = null;

  constructor(@Inject(BUS) bus: Bus, @Inject(LOGGER) logger: Logger) {
    this.#bus = bus;
    this.#logger = logger;
  }

  onApplicationBootstrap(): void {
    this.#stopWatching = this.#bus.watchFacts(AttemptFinished, (fact) => this.#hear(fact));
  }

  beforeApplicationShutdown(): void {
    this.#stopWatching?.();
  }

  #hear(fact: AttemptFinishedFact): void {
    const alert = driftAlert(fact);
    if (alert === null) return;
    const hour = Math.floor(alert.at / HOUR_MS);
    if (hour > this.#hour) {
      this.#hour = hour;
      this.#raised = new Set();
    }
    if (this.#raised.has(alert.id)) return;
    this.#raised.add(alert.id);
    const { vendor, model } = alert;
    this.#logger.warn({ vendor, model, model_served: fact.model_served, attempt_id: fact.attempt_id }, 'model drifted');
    this.#bus.state(AlertRaised, alert, 'soon').catch((error: unknown) => {
      this.#logger.warn({ err: error, alert: alert.id }, 'an alert could not be stated');
    });
  }
}
