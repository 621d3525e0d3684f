/** Instruments that may be declared before telemetry has started, at module level. */
import { metrics, type Attributes, type MeterProvider } from '@opentelemetry/api';
import { tallyCounter, tallyHistogram, type Labels } from './tallies.js';

export type { Labels };

export const SCOPE = 'skein';

export interface CounterInstrument {
  add(value: number, labels?: Labels): void;
}

export interface HistogramInstrument {
  record(value: number, labels?: Labels): void;
}

export interface Observation {
  readonly value: number;
  readonly labels?: Labels;
}

/** Makes a counter. `_total` is added to its name in Prometheus. Safe to call at module level. */
export function counter(name: string, description: string): CounterInstrument {
  return { add: tallyCounter({ name, description, unit: '' }) };
}

/** Makes a histogram with these bucket boundaries. Safe to call at module level. */
export function histogram(
  name: string,
  description: string,
  options: { unit?: string; boundaries: readonly number[] },
): HistogramInstrument {
  return { record: tallyHistogram({ name, description, unit: options.unit ?? '' }, options.boundaries) };
}

interface Gauge {
  readonly description: string;
  readonly observers: Set<() => Iterable<Observation>>;
  attachedTo: MeterProvider | undefined;
}

const gauges = new Map<string, Gauge>();

/**
 * Makes a gauge that is read whenever metrics are collected: `observe` answers at once from what is known. Several callers
 * may share a name, as the rooms of one process do. Labels that are no longer observed keep their last value: observe them as 0.
 * Returns the way to stop observing.
 */
export function observableGauge(name: string, description: string, observe: () => Iterable<Observation>): () => void {
  const gauge = gauges.get(name) ?? { description, observers: new Set(), attachedTo: undefined };
  gauges.set(name, gauge);
  gauge.observers.add(observe);
  attachGauges();
  return () => void gauge.observers.delete(observe);
}

/** Registers every known gauge with the meter provider in force. */
export function attachGauges(): void {
  const provider = metrics.getMeterProvider();
  for (const [name, gauge] of gauges) {
    if (gauge.attachedTo === provider) continue;
    gauge.attachedTo = provider;
    provider
      .getMeter(SCOPE)
      .createObservableGauge(name, { description: gauge.description })
      .addCallback((result) => {
        for (const observe of gauge.observers) {
          for (const { value, labels } of observe()) result.observe(value, labels as Attributes | undefined);
        }
      });
  }
}
