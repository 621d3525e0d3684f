import { describe, expect, it } from '@jest/globals';
import { catalog } from '@skein/catalog';
import { mergePolicy, type RoutePlan } from '@skein/contracts/router';
import { countUnpriced, planLanes, planRefusals, type PlannedLine } from './plan-lanes.js';

const HOUR = 3_600_000;
const terms = { windowMs: 24 * HOUR, now: new Date('2026-11-21T00:00:00Z'), alone: 64, merged: 16 };

function lineOf(
  lineNo: number,
  change: { at?: readonly ['openai' | 'deepseek', string]; body?: object } = {},
): PlannedLine {
  const [vendor, model] = change.at ?? ['openai', 'gpt-4o-mini'];
  const record = catalog.recordOf(vendor, model);
  const candidate = {
    vendor,
    model,
    expected: { input_tokens: 200, output_tokens: 5, cost_nano_usd: 33_000, latency_ms: 500 },
  };
  const plan = { candidates: [candidate], merge: mergePolicy.parse({ mode: 'asked' }) } as unknown as RoutePlan;
  const messages = [
    { role: 'system', content: 'Say how urgent each line is, and nothing else. '.repeat(12) },
    { role: 'user', content: `line ${lineNo}` },
  ];
  return {
    lineNo,
    customId: `c${lineNo}`,
    record,
    plan,
    body: { model: 'auto', messages, max_tokens: 5, ...change.body },
  };
}
const lines = (count: number, change?: Parameters<typeof lineOf>[1]) =>
  Array.from({ length: count }, (_, at) => lineOf(at + 1, change));

describe('what lines would cost', () => {
  it('is half at the vendor, and less than that where what they have in common is most of them', () => {
    const { realtime, vendor, merge, auto } = planLanes(lines(100), terms);
    expect(realtime).toMatchObject({ lines: 100, calls: 100, input_tokens: 20_000, cost_nano_usd: 3_300_000 });
    expect(vendor).toMatchObject({ lines: 100, calls: 1, cost_nano_usd: 1_650_000 });
    expect(merge.lines).toBe(100);
    expect(merge.calls).toBe(3);
    expect(merge.cost_nano_usd).toBeLessThan(realtime.cost_nano_usd / 2);
    expect(auto).toMatchObject({ calls: 1, cost_nano_usd: vendor.cost_nano_usd });
  });

  it('says when the last would be done: by how fast the model is, or when the vendor is given up', () => {
    const { realtime, vendor } = planLanes(lines(128), terms);
    expect(realtime.done_in_ms).toBe(1_000);
    expect(vendor.done_in_ms).toBe(18 * HOUR);
  });

  it('has lines that a lane does not take in real time, and says why', () => {
    const mixed = [...lines(20), lineOf(21, { at: ['deepseek', 'deepseek-v4-flash'] }), lineOf(22, { body: { n: 2 } })];
    const plan = planLanes(mixed, terms);
    expect(plan.vendor).toMatchObject({ lines: 21, calls: 2 });
    expect(plan.merge).toMatchObject({ lines: 20, calls: 3 });
    expect(planRefusals(mixed, terms)).toEqual([
      { line: 21, custom_id: 'c21', lane: 'vendor', reason: 'deepseek has no batch API that is spoken here' },
      { line: 21, custom_id: 'c21', lane: 'merge', reason: 'fewer than 10 lines are like it' },
      { line: 22, custom_id: 'c22', lane: 'merge', reason: '"n" is for one answer alone' },
    ]);
    expect(countUnpriced(mixed)).toBe(0);
  });
});
