import { describe, expect, it } from '@jest/globals';
import { SkeinError, type ErrorCode, type SkeinErrorOptions } from '@skein/contracts/errors';
import type { AttemptSummary } from '@skein/contracts/orchestrator';
import { allAttemptsFailed } from './final-error.js';

const failed = (vendor: string, code: ErrorCode, options: SkeinErrorOptions = {}): AttemptSummary => ({
  id: `att_${vendor}`,
  vendor,
  model: 'm',
  outcome: 'failed',
  first_byte_ms: null,
  total_ms: 1,
  usage: null,
  usage_source: 'none',
  cost_nano_usd: 0,
  error: new SkeinError(code, `${vendor} said ${code}`, { source: 'vendor', ...options }).toWire(),
});
const last = new SkeinError('vendor_failed', 'the last one', { source: 'vendor' });

describe('when no candidate answered, the caller is told', () => {
  it('what each of them said, as a fault of the vendors (502)', () => {
    const error = allAttemptsFailed([failed('a', 'vendor_failed'), failed('b', 'vendor_timeout')], last);
    expect(error).toMatchObject({ code: 'all_attempts_failed', status: 502 });
    expect(error.message).toContain('a/m: a said vendor_failed');
    expect(error.detail).toEqual([
      { id: 'att_a', vendor: 'a', model: 'm', code: 'vendor_failed', message: 'a said vendor_failed' },
      { id: 'att_b', vendor: 'b', model: 'm', code: 'vendor_timeout', message: 'b said vendor_timeout' },
    ]);
  });

  it('that the mesh itself could not (503), where no vendor was at fault', () => {
    const busy = failed('a', 'worker_busy', { source: 'skein' });
    const error = allAttemptsFailed(
      [busy],
      new SkeinError('unavailable', 'every worker is busy', { retryAfterMs: 1_000 }),
    );
    expect(error).toMatchObject({ code: 'unavailable', status: 503, retryAfterMs: 1_000 });
  });

  it('that the mesh itself could not, where nobody was even asked, with a time to come again', () => {
    expect(allAttemptsFailed([], new SkeinError('unavailable', 'x'))).toMatchObject({
      code: 'unavailable',
      retryAfterMs: 1_000,
    });
  });

  it('that time ran out (504), whoever was at fault', () => {
    const error = allAttemptsFailed([failed('a', 'vendor_failed')], new SkeinError('deadline_exceeded', 'x'));
    expect(error).toMatchObject({ code: 'deadline_exceeded', status: 504 });
  });

  it('the soonest time at which any of them may be asked again', () => {
    const attempts = [
      failed('a', 'vendor_rate_limited', { retryAfterMs: 9_000 }),
      failed('b', 'vendor_rate_limited', { retryAfterMs: 7_000 }),
    ];
    expect(allAttemptsFailed(attempts, last).retryAfterMs).toBe(7_000);
    expect(allAttemptsFailed([failed('a', 'vendor_failed')], last).retryAfterMs).toBeUndefined();
  });
});
