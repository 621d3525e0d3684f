// What lines would come to in each lane. Pure: where they would go, and the day, are passed in.
import { batchTermsOf, computeCost, estimateCost, type ModelRecord } from '@skein/catalog';
import { noUsage } from '@skein/contracts/attempt';
import { batchLanes, type BatchLane, type LanePlan, type LinesPlan } from '@skein/contracts/jobs';
import { batchVendors, VENDOR_BATCH_MAX } from '@skein/contracts/provider';
import type { ExplainedLine } from '../explain-line.js';
import { judgeMerge, laneOfLine, type LineQuestion } from '../lane-of-line.js';
import type { MergeableLine } from '../merge-lane/judge-line.js';
import { callTokens, dealIntoCalls } from '../merge-lane/next-call.js';
import { promotionAt } from '../vendor-lane/choose-lane.js';

/** A line that has a plan. */
export interface PlannedLine extends ExplainedLine {
  readonly lineNo: number;
  readonly customId: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface PlanTerms {
  readonly windowMs: number;
  readonly now: Date;
  /** Calls under way at once in real time, and merged. */
  readonly alone: number;
  readonly merged: number;
}

/** What a call is expected to come to. */
interface Expected {
  readonly input: number;
  readonly output: number;
  /** Null where the price is unknown. */
  readonly nanoUsd: number | null;
  /** Null where nobody knows how fast the model is. */
  readonly ms: number | null;
}

type Lanes = LinesPlan['lanes'];

/** Each lane with the lines it takes, and the others in real time. */
export function planLanes(lines: readonly PlannedLine[], terms: PlanTerms): Lanes {
  const plan = (lane: BatchLane): LanePlan => {
    const taken = lines.map((line) => ({ line, as: laneOfLine(questionOf(line, lane, terms)) }));
    const atVendor = taken.flatMap(({ line, as }) => (as.lane === 'vendor' ? [line] : []));
    const merging = taken.flatMap(({ line, as }) => (as.lane === 'merge' ? [{ ...as.as, line }] : []));
    const { calls, alone } = dealByKind(merging);
    const realtime = [
      ...taken.flatMap(({ line, as }) => (as.lane === 'realtime' ? [line] : [])),
      ...alone.map(({ line }) => line),
    ];
    const vendor = atVendor.map((line) => expectedAtVendor(line, terms.now));
    const merged = calls.map(expectedMerged);
    const single = realtime.map(expectedAlone);
    const all = [...vendor, ...merged, ...single];
    const took: Record<BatchLane, number> = {
      realtime: lines.length,
      vendor: vendor.length,
      merge: calls.flat().length,
      auto: lines.length,
    };
    return {
      lines: took[lane],
      calls: countVendorBatches(atVendor) + merged.length + single.length,
      input_tokens: sum(all, ({ input }) => input),
      output_tokens: sum(all, ({ output }) => output),
      cost_nano_usd: sum(all, ({ nanoUsd }) => nanoUsd ?? 0),
      done_in_ms: longest([
        vendor.length === 0 ? 0 : vendorMs(terms),
        spread(merged, terms.merged),
        spread(single, terms.alone),
      ]),
    };
  };
  return Object.fromEntries(batchLanes.map((lane) => [lane, plan(lane)])) as Lanes;
}

/** Why lanes do not take lines. */
export function planRefusals(lines: readonly PlannedLine[], terms: PlanTerms): LinesPlan['not_taken'] {
  const merging: (MergeableLine & { readonly line: PlannedLine })[] = [];
  const refusals = lines.flatMap((line) => {
    const { lineNo, customId } = line;
    const of = (lane: 'vendor' | 'merge', reason: string) => ({ line: lineNo, custom_id: customId, lane, reason });
    const judged = judgeMerge(questionOf(line, 'merge', terms));
    const atVendor = reasonAgainstVendor(line);
    if (!('reason' in judged)) merging.push({ ...judged, line });
    return [
      ...(atVendor === null ? [] : [of('vendor', atVendor)]),
      ...('reason' in judged ? [of('merge', judged.reason)] : []),
    ];
  });
  const few = dealByKind(merging).alone.map(({ line, policy }) => ({
    line: line.lineNo,
    custom_id: line.customId,
    lane: 'merge' as const,
    reason: `fewer than ${policy.least} lines are like it`,
  }));
  return [...refusals, ...few].sort((a, b) => a.line - b.line);
}

/** Lines whose price nobody knows. */
export function countUnpriced(lines: readonly PlannedLine[]): number {
  return lines.filter((line) => expectedAlone(line).nanoUsd === null).length;
}

function questionOf(line: PlannedLine, lane: BatchLane, { windowMs, now }: PlanTerms): LineQuestion {
  return { ...line, lane, windowMs, onDate: now.toISOString() };
}

function reasonAgainstVendor({ record, plan }: PlannedLine): string | null {
  const vendor = plan.candidates[0]?.vendor ?? '';
  if (record === null) return 'its model is not in the catalogue';
  return batchVendors.some((one) => one === vendor) ? null : `${vendor} has no batch API that is spoken here`;
}

function expectedAlone({ plan, record }: PlannedLine): Expected {
  const expected = plan.candidates[0]?.expected;
  const [input, output] = [expected?.input_tokens ?? 0, expected?.output_tokens ?? 0];
  return {
    input,
    output,
    nanoUsd: expected?.cost_nano_usd ?? priceOf(record, input, output),
    ms: expected?.latency_ms ?? null,
  };
}

function expectedAtVendor(line: PlannedLine, now: Date): Expected {
  const alone = expectedAlone(line);
  const onDate = now.toISOString();
  if (line.record === null || batchTermsOf(line.record, onDate) === null) return alone;
  const usage = { ...noUsage, input_uncached: alone.input, output: alone.output };
  return { ...alone, nanoUsd: computeCost(line.record, usage, onDate, { batch: true }).cost_nano_usd };
}

/** A model takes its time for what it writes: a call takes as many times longer than a line of it as it writes more. */
function expectedMerged(lines: readonly (MergeableLine & { readonly line: PlannedLine })[]): Expected {
  const [first] = lines;
  if (first === undefined) return { input: 0, output: 0, nanoUsd: 0, ms: null };
  const { input, output } = callTokens(lines, first.sharedTokens);
  const alone = expectedAlone(first.line);
  return {
    input,
    output,
    nanoUsd: priceOf(first.line.record, input, output),
    ms: alone.ms === null ? null : (alone.ms * output) / Math.max(1, alone.output),
  };
}

const priceOf = (record: ModelRecord | null, input: number, output: number): number | null =>
  record === null ? null : estimateCost(record, input, output);

function dealByKind<Line extends MergeableLine>(lines: readonly Line[]): { calls: (readonly Line[])[]; alone: Line[] } {
  const kinds = Map.groupBy(lines, ({ key }) => key);
  const dealt = [...kinds.values()].flatMap((kind) => {
    const [first] = kind;
    return first === undefined ? [] : [dealIntoCalls(kind, first.policy)];
  });
  return { calls: dealt.flatMap(({ calls }) => calls), alone: dealt.flatMap(({ alone }) => alone) };
}

function countVendorBatches(lines: readonly PlannedLine[]): number {
  const models = Map.groupBy(lines, ({ record }) => record?.id ?? '');
  return sum([...models.values()], (some) => Math.ceil(some.length / VENDOR_BATCH_MAX));
}

/** At the latest: what is not back then is run in real time. */
function vendorMs({ windowMs, now }: PlanTerms): number {
  return promotionAt(now, new Date(now.getTime() + windowMs)).getTime() - now.getTime();
}

/** Calls that go so many at a time; null where nobody knows how long one of them takes. */
function spread(calls: readonly Expected[], atOnce: number): number | null {
  const times = calls.map(({ ms }) => ms);
  if (times.some((ms) => ms === null)) return null;
  const known = times.map((ms) => ms ?? 0);
  return Math.max(0, ...known, sum(known, (ms) => ms) / atOnce);
}

function longest(times: readonly (number | null)[]): number | null {
  return times.some((ms) => ms === null) ? null : Math.round(Math.max(...times.map((ms) => ms ?? 0)));
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
