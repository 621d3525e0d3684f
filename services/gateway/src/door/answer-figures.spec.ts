import { describe, expect, it } from '@jest/globals';
import { noUsage } from '@skein/contracts/attempt';
import type { AttemptSummary } from '@skein/contracts/orchestrator';
import { closingHeaders, costOf, headHeaders, headerText, overheadMs } from './answer-figures.js';

const attempt = (rest: Partial<AttemptSummary>): AttemptSummary => ({
  id: 'att_1',
  vendor: 'openai',
  model: 'gpt-4o-mini',
  outcome: 'finished',
  first_byte_ms: 10,
  total_ms: 100,
  usage: { ...noUsage, output: 1 },
  usage_source: 'provider',
  cost_nano_usd: 1_500,
  error: null,
  ...rest,
});

const failedForFree = attempt({ outcome: 'failed', usage: null, usage_source: 'none', cost_nano_usd: null });

describe('the figures of an answer', () => {
  it('add up the cost of every attempt, and an attempt that used nothing costs nothing', () => {
    expect(costOf([failedForFree, attempt({}), attempt({ cost_nano_usd: 1 })])).toBe(1_501);
  });

  it('do not invent a cost where a price is unknown', () => {
    expect(costOf([attempt({ cost_nano_usd: null })])).toBeNull();
    expect(closingHeaders([attempt({ cost_nano_usd: null })], 100)).not.toHaveProperty('x-skein-cost-usd');
  });

  it('are nothing for a hit of the cache', () => {
    expect(closingHeaders([], 3)).toEqual({
      'x-skein-attempts': '0',
      'x-skein-overhead-ms': '3',
      'x-skein-cost-usd': '0',
    });
  });

  it('call overhead what the vendors did not take', () => {
    expect(overheadMs(250, [attempt({ total_ms: 100 }), attempt({ total_ms: 120 })])).toBe(30);
    expect(overheadMs(90, [attempt({ total_ms: 100 })])).toBe(0);
  });
});

describe('headers', () => {
  const head = {
    attempt_id: 'att_1',
    attempt_no: 2,
    vendor: 'qwen',
    model: 'qwen3.5',
    reason: 'listed 1st\nfor code',
    cache: 'miss' as const,
    notices: ['retired name', '价格'],
  };

  it('say who answers and why, on one line of ASCII each', () => {
    expect(headHeaders('req_1', head)).toEqual({
      'x-request-id': 'req_1',
      'x-skein-vendor': 'qwen',
      'x-skein-model': 'qwen3.5',
      'x-skein-reason': 'listed 1st for code',
      'x-skein-attempts': '2',
      'x-skein-cache': 'miss',
      'x-skein-notice': 'retired name;',
    });
    expect(headerText('naïve\r\nx: 1')).toBe('na ve x: 1');
  });

  it('count no attempt for a hit', () => {
    expect(headHeaders('req_1', { ...head, cache: 'hit' })['x-skein-attempts']).toBe('0');
  });
});
