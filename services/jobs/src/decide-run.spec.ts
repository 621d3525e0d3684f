import { describe, expect, it } from '@jest/globals';
import type { AnswerEnd } from '@skein/bus';
import type { AnswerHead, UsageFrame } from '@skein/contracts/attempt';
import { errorCodes, errorTable, SkeinError, type ErrorCode, type WireError } from '@skein/contracts/errors';
import type { AttemptSummary, CompletionResult } from '@skein/contracts/orchestrator';
import {
  decideRun,
  endRun,
  resultOfFailure,
  type RunDecision,
  type RunEnding,
  type RunSituation,
} from './decide-run.js';

const NOW = new Date('2025-01-01T00:00:00.000Z');
const at = (ms: number): Date => new Date(NOW.getTime() + ms);

const errorOf = (code: ErrorCode, more: Partial<WireError> = {}): WireError => ({
  ...new SkeinError(code, `said ${code}`).toWire(),
  ...more,
});

const attempt = (change: Partial<AttemptSummary> = {}): AttemptSummary => ({
  id: 'att_1',
  vendor: 'openai',
  model: 'gpt-4o-mini',
  outcome: 'failed',
  first_byte_ms: null,
  total_ms: 5,
  usage: null,
  usage_source: 'none',
  cost_nano_usd: 0,
  error: errorOf('vendor_failed'),
  ...change,
});

const conductor = (change: Partial<CompletionResult> = {}): CompletionResult => ({
  status: 'succeeded',
  error: null,
  cache: 'off',
  store_as: null,
  attempts: [attempt({ outcome: 'finished', error: null })],
  explanation: null,
  ...change,
});
const conductorFailed = (error: WireError, attempts = [attempt()]) => conductor({ status: 'failed', error, attempts });

const answer = (change: Partial<AnswerEnd> = {}): AnswerEnd => ({
  status: 'succeeded',
  head: null,
  usage: null,
  error: null,
  committed: true,
  kept: { form: 'whole', bytes: new TextEncoder().encode('{"choices":[]}') },
  ...change,
});
const noAnswer = (error: SkeinError) => answer({ status: 'failed', error, committed: false, kept: null });

const situation = (change: Partial<RunSituation> = {}): RunSituation => ({
  epoch: 1,
  failedRuns: 0,
  maxRuns: 3,
  retryUnknown: true,
  deadlineAt: null,
  onExhausted: 'fail',
  now: NOW,
  chance: 0.5,
  ...change,
});

describe('how a run ended', () => {
  it('keeps the answer as the endpoint would have given it', () => {
    expect(endRun(conductor(), answer())).toMatchObject({
      ending: 'answered',
      result: { status_code: 200, body: { choices: [] } },
      attempts: [{ id: 'att_1' }],
    });
  });

  it('keeps the answer of a run whose conductor died before it could say so', () => {
    const head: AnswerHead = {
      attempt_id: 'att_9',
      attempt_no: 1,
      vendor: 'groq',
      model: 'm',
      reason: '',
      cache: 'off',
      notices: [],
    };
    const usage: UsageFrame = {
      head,
      usage: null,
      usage_source: 'provider',
      cost_nano_usd: 7,
      finish_reason: 'stop',
      first_byte_ms: 1,
      total_ms: 2,
    };
    expect(endRun(null, answer({ head, usage }))).toMatchObject({
      ending: 'answered',
      attempts: [{ id: 'att_9', outcome: 'finished', cost_nano_usd: 7 }],
    });
  });

  it.each([
    ['without a body', answer({ kept: null })],
    ['that is no JSON', answer({ kept: { form: 'whole', bytes: new TextEncoder().encode('<html>') } })],
    ['in chunks', answer({ kept: { form: 'chunks', bytes: new TextEncoder().encode('{}') } })],
  ])('counts an answer %s as a failed run', (_name, end) => {
    expect(endRun(conductor(), end)).toMatchObject({ ending: 'failed', result: null, error: { code: 'frame_gap' } });
  });

  it('does not know what a lost conductor had begun', () => {
    expect(endRun(null, noAnswer(new SkeinError('unavailable', 'lost')))).toMatchObject({
      ending: 'interrupted',
      isBlind: true,
    });
  });

  it('takes a cancel that nobody asked for as an interruption', () => {
    const cancelled = conductor({ status: 'cancelled', error: errorOf('cancelled') });
    expect(endRun(cancelled, answer({ status: 'cancelled', kept: null })).ending).toBe('interrupted');
  });

  const ours: readonly ErrorCode[] = ['unavailable', 'no_responders', 'worker_lost', 'worker_busy'];
  const expectedEnding = (code: ErrorCode): RunEnding => {
    if (ours.includes(code)) return 'interrupted';
    return errorTable[code].retry === 'never' ? 'refused' : 'failed';
  };
  it.each(errorCodes.map((code) => ({ code, ending: expectedEnding(code) })))('$code → $ending', ({ code, ending }) => {
    expect(endRun(conductorFailed(errorOf(code)), noAnswer(new SkeinError(code, ''))).ending).toBe(ending);
  });

  it('does not count a run in which a worker of ours was lost, whatever the other attempts came to', () => {
    const lost = attempt({ id: 'att_2', outcome: 'unknown', error: errorOf('worker_lost') });
    const run = endRun(
      conductorFailed(errorOf('all_attempts_failed'), [attempt(), lost]),
      noAnswer(new SkeinError('all_attempts_failed', '')),
    );
    expect(run.ending).toBe('interrupted');
  });
});

describe('what becomes of the job', () => {
  const run = (ending: RunEnding, change: Partial<Parameters<typeof decideRun>[0]> = {}) => ({
    ending,
    result: null,
    error: errorOf('vendor_failed'),
    attempts: [attempt()],
    explanation: null,
    isBlind: false,
    ...change,
  });
  const result = { status_code: 200, body: {} };
  const unknown = { attempts: [attempt({ outcome: 'unknown' as const })] };

  const paid = { attempts: [attempt({ outcome: 'finished' as const, error: null })] };

  const cases: [string, RunDecision['event'], ReturnType<typeof run>, Partial<RunSituation>][] = [
    ['an answer ends it well', 'succeed', run('answered', { result }), {}],
    ['an answer counts even past the deadline', 'succeed', run('answered', { result }), { deadlineAt: at(-1) }],
    ['a refusal ends it at once', 'fail', run('refused'), {}],
    ['a failure is tried again', 'retry', run('failed'), { failedRuns: 0 }],
    ['a second failure is tried again', 'retry', run('failed'), { failedRuns: 1, epoch: 2 }],
    ['the third failure ends it', 'fail', run('failed'), { failedRuns: 2, epoch: 3 }],
    [
      'an interruption is tried again after the last counted failure',
      'retry',
      run('interrupted'),
      { failedRuns: 2, epoch: 3 },
    ],
    ['the thousandth interruption is tried again', 'retry', run('interrupted'), { epoch: 1000 }],
    ['an unknown outcome is tried again', 'retry', run('failed', unknown), {}],
    ['… but not against the word of the caller', 'fail', run('failed', unknown), { retryUnknown: false }],
    ['… even when it was our own doing', 'fail', run('interrupted', unknown), { retryUnknown: false }],
    ['… nor where nobody knows what was begun', 'fail', run('interrupted', { isBlind: true }), { retryUnknown: false }],
    ['a known failure is tried again all the same', 'retry', run('failed'), { retryUnknown: false }],
    ['a retry that would come too late is not waited for', 'expire', run('failed'), { deadlineAt: at(400) }],
    [
      "a failure past the deadline is the deadline's doing",
      'expire',
      run('failed'),
      { failedRuns: 2, deadlineAt: at(-1) },
    ],
    ['an interruption past the deadline too', 'expire', run('interrupted'), { deadlineAt: at(-1) }],
    ['a refusal stays one', 'fail', run('refused'), { deadlineAt: at(-1) }],
    ['an answer that was paid for and lost is tried again', 'retry', run('failed', paid), {}],
    ['… but not against the word of the caller', 'fail', run('failed', paid), { retryUnknown: false }],
    [
      'every vendor tried in vain, for a caller who waits for as long as it takes',
      'retry',
      run('failed'),
      { failedRuns: 9, onExhausted: 'job' },
    ],
    ['a run that is no longer ours changes nothing', 'none', run('abandoned'), {}],
  ];
  it.each(cases)('%s → %s', (_name, event, ended, change) => {
    expect(decideRun(ended, situation(change)).event).toBe(event);
  });

  it('counts failures and not interruptions', () => {
    expect(decideRun(run('failed'), situation())).toMatchObject({ counts: true });
    expect(decideRun(run('interrupted'), situation())).toMatchObject({ counts: false });
  });

  it.each([
    ['failed', { failedRuns: 0, chance: 0.5 }, 500],
    ['failed', { failedRuns: 1, epoch: 2, chance: 0.5 }, 1_000],
    ['failed', { failedRuns: 19, epoch: 20, maxRuns: 99, chance: 0.5 }, 30_000],
    ['failed', { chance: 0 }, 0],
    ['interrupted', { epoch: 1, chance: 0.5 }, 50],
    ['interrupted', { epoch: 4, failedRuns: 2, chance: 0.5 }, 100],
    ['interrupted', { epoch: 5_000, chance: 0.5 }, 5_000],
  ] as const)('waits with full jitter: %s %j → %d ms', (ending, change, ms) => {
    expect(decideRun(run(ending), situation(change))).toMatchObject({ event: 'retry', notBefore: at(ms) });
  });

  it('waits at least as long as it was told', () => {
    const told = run('failed', { error: errorOf('vendor_rate_limited', { retry_after_ms: 20_000 }) });
    expect(decideRun(told, situation())).toMatchObject({ notBefore: at(20_000) });
  });

  it('names the attempts whose outcome is unknown', () => {
    expect(decideRun(run('failed', unknown), situation({ retryUnknown: false }))).toMatchObject({
      error: { message: expect.stringContaining('att_1'), detail: { reason: 'outcome_unknown', attempts: ['att_1'] } },
    });
  });

  it('gives a failed job the answer its endpoint would have given', () => {
    expect(
      resultOfFailure(errorOf('vendor_refused', { status: 422, source: 'vendor', vendor: 'openai' })),
    ).toMatchObject({
      status_code: 422,
      body: { error: { message: 'said vendor_refused', type: 'invalid_request_error', param: null } },
    });
  });
});
