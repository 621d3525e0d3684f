/** Plans of the parts of a file, put together. */
import { formatUsd, parseUsd } from '../money.js';
import type { PlanReply } from '../replies.js';

export type SummedPlan = Pick<PlanReply, 'lines' | 'refused' | 'unplanned' | 'unpriced' | 'lanes' | 'not_taken'>;

type Lane = PlanReply['lanes'][string];

/** Parts are run after one another: their times add up, but for those that a vendor has in any case. */
export function addPlans(parts: readonly PlanReply[]): SummedPlan {
  const names = [...new Set(parts.flatMap(({ lanes }) => Object.keys(lanes)))];
  return {
    lines: sum(parts, ({ lines }) => lines),
    refused: parts.flatMap(({ refused }) => refused),
    unplanned: parts.flatMap(({ unplanned }) => unplanned),
    unpriced: sum(parts, ({ unpriced }) => unpriced),
    lanes: Object.fromEntries(
      names.map((name) => [
        name,
        addLanes(
          name,
          parts.flatMap(({ lanes }) => lanes[name] ?? []),
        ),
      ]),
    ),
    not_taken: parts.flatMap(({ not_taken: notTaken }) => notTaken),
  };
}

function addLanes(name: string, lanes: readonly Lane[]): Lane {
  const times = lanes.map(({ done_in_ms: ms }) => ms);
  const isAtVendor = name === 'vendor' || name === 'auto';
  const known = times.flatMap((ms) => ms ?? []);
  return {
    lines: sum(lanes, ({ lines }) => lines),
    calls: sum(lanes, ({ calls }) => calls),
    input_tokens: sum(lanes, ({ input_tokens: tokens }) => tokens),
    output_tokens: sum(lanes, ({ output_tokens: tokens }) => tokens),
    cost_usd: formatUsd(lanes.reduce((total, { cost_usd: cost }) => total + parseUsd(cost), 0n)),
    done_in_ms: known.length < times.length ? null : isAtVendor ? Math.max(0, ...known) : sum(known, (ms) => ms),
  };
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
