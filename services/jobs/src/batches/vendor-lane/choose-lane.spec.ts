import { describe, expect, it } from '@jest/globals';
import { catalog } from '@skein/catalog';
import type { BatchLane } from '@skein/contracts/jobs';
import { chooseLane, promotionAt } from './choose-lane.js';

const HOUR = 3_600_000;
const choose = (lane: BatchLane, vendor: 'openai' | 'deepseek' | 'anthropic', model: string, windowMs = 24 * HOUR) =>
  chooseLane({ lane, windowMs, record: catalog.recordOf(vendor, model), onDate: '2026-11-21' });

describe('the lane of a line', () => {
  it.each([
    ['auto', 'openai', 'gpt-4o-mini', 24 * HOUR, 'vendor', 'the vendor is cheaper and has the time'],
    ['auto', 'openai', 'gpt-4o-mini', HOUR / 2, 'realtime', 'the window is too short'],
    ['auto', 'deepseek', 'deepseek-v4-flash', 24 * HOUR, 'realtime', 'the vendor has no batch API that we speak'],
    ['realtime', 'openai', 'gpt-4o-mini', 24 * HOUR, 'realtime', 'the customer says so'],
    ['merge', 'openai', 'gpt-4o-mini', 24 * HOUR, 'realtime', 'the customer wants it merged'],
    ['vendor', 'anthropic', 'claude-sonnet-4-6', HOUR / 2, 'vendor', 'the customer says so'],
    ['vendor', 'deepseek', 'deepseek-v4-flash', 24 * HOUR, 'realtime', 'there is no other'],
    ['vendor', 'openai', 'gpt-5-codex', 24 * HOUR, 'realtime', 'its lines are chats, which this model has not'],
  ] as const)('%s, %s/%s, a window of %d ms: %s, because %s', (lane, vendor, model, windowMs, chosen, _why) => {
    expect(choose(lane, vendor, model, windowMs)).toBe(chosen);
  });

  it('is real time where no plan can be made: the line then says why', () => {
    expect(chooseLane({ lane: 'auto', windowMs: 24 * HOUR, record: null, onDate: '2026-11-21' })).toBe('realtime');
  });
});

describe('the promotion of what a vendor has not done', () => {
  it('comes with a quarter of the window left', () => {
    const at = promotionAt(new Date(0), new Date(24 * HOUR));
    expect(at).toEqual(new Date(18 * HOUR));
  });
});
