/**
 * Counters and histograms as plain sums, which the metric readers collect as they are. The SDK's own instruments hash the
 * labels of each measurement anew for each reader; here a measurement is one look-up by the values of its labels. Labels are
 * few and bounded by their types, so series are too. Always cumulative, since the start of telemetry.
 */
import { ValueType, type HrTime } from '@opentelemetry/api';
import { hrTime } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type Histogram,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';

/** Labels of a measurement: few values each, never ids, tenants or free text. */
export type Labels = Readonly<Record<string, string | number | boolean>>;

export interface TallyNames {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
}

interface Tally {
  /** What has been counted between two moments; null where nothing was. */
  collect(startTime: HrTime, endTime: HrTime): MetricData | null;
  forget(): void;
}

const NO_LABELS: Labels = {};
const tallies = new Set<Tally>();

/** Where the labels of measurements part: after a label's name by its value, after a value by the next label's name. */
interface Fork<Value> {
  readonly ways: Map<string, Fork<Value>>;
  value: Value | undefined;
}

const newFork = <Value>(): Fork<Value> => ({ ways: new Map(), value: undefined });

/**
 * One value a set of labels, found label by label: names and values are strings that are there already, so that a
 * measurement makes and hashes none.
 */
class Series<Value> {
  #root = newFork<Value>();
  #all: { readonly labels: Labels; readonly value: Value }[] = [];

  constructor(private readonly make: () => Value) {}

  of(labels: Labels): Value {
    let at = this.#root;
    for (const name in labels) {
      const value = labels[name];
      at = onwards(onwards(at, name), typeof value === 'string' ? value : String(value));
    }
    if (at.value === undefined) this.#all.push({ labels: { ...labels }, value: (at.value = this.make()) });
    return at.value;
  }

  points<Point>(startTime: HrTime, endTime: HrTime, show: (value: Value) => Point) {
    return this.#all.map(({ labels, value }) => ({
      startTime,
      endTime,
      attributes: { ...labels },
      value: show(value),
    }));
  }

  forget(): void {
    this.#root = newFork();
    this.#all = [];
  }
}

function onwards<Value>(from: Fork<Value>, way: string): Fork<Value> {
  let next = from.ways.get(way);
  if (next === undefined) from.ways.set(way, (next = newFork()));
  return next;
}

/** A sum that only grows. */
export function tallyCounter(names: TallyNames): (value: number, labels?: Labels) => void {
  const series = new Series(() => ({ sum: 0 }));
  tallies.add({
    collect: (startTime, endTime) => {
      const dataPoints = series.points(startTime, endTime, ({ sum }) => sum);
      if (dataPoints.length === 0) return null;
      return { ...commonOf(names), dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints };
    },
    forget: () => series.forget(),
  });
  return (value, labels = NO_LABELS) => {
    series.of(labels).sum += value;
  };
}

/** How values are distributed over buckets; `boundaries` are their upper bounds, rising. */
export function tallyHistogram(
  names: TallyNames,
  boundaries: readonly number[],
): (value: number, labels?: Labels) => void {
  const empty = () => ({
    counts: boundaries.map(() => 0).concat(0),
    sum: 0,
    count: 0,
    min: Infinity,
    max: -Infinity,
  });
  const series = new Series(empty);
  const show = ({ counts, ...rest }: ReturnType<typeof empty>): Histogram => ({
    buckets: { boundaries: [...boundaries], counts: [...counts] },
    ...rest,
  });
  tallies.add({
    collect: (startTime, endTime) => {
      const dataPoints = series.points(startTime, endTime, show);
      if (dataPoints.length === 0) return null;
      return { ...commonOf(names), dataPointType: DataPointType.HISTOGRAM, dataPoints };
    },
    forget: () => series.forget(),
  });
  return (value, labels = NO_LABELS) => {
    const counted = series.of(labels);
    const bucket = bucketOf(value, boundaries);
    counted.counts[bucket] = (counted.counts[bucket] ?? 0) + 1;
    counted.sum += value;
    counted.count += 1;
    if (value < counted.min) counted.min = value;
    if (value > counted.max) counted.max = value;
  };
}

/** Starts every tally at nothing and gives them to the metric readers. */
export function openTallies(resource: Resource, scope: string): MetricProducer {
  for (const tally of tallies) tally.forget();
  const startTime = hrTime();
  return {
    collect: () => {
      const endTime = hrTime();
      const metrics = [...tallies].flatMap((tally) => tally.collect(startTime, endTime) ?? []);
      return Promise.resolve({
        resourceMetrics: { resource, scopeMetrics: [{ scope: { name: scope }, metrics }] },
        errors: [],
      });
    },
  };
}

function bucketOf(value: number, boundaries: readonly number[]): number {
  let bucket = 0;
  while (bucket < boundaries.length && value > (boundaries[bucket] ?? Infinity)) bucket += 1;
  return bucket;
}

function commonOf({ name, description, unit }: TallyNames) {
  return {
    descriptor: { name, description, unit, valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
}
