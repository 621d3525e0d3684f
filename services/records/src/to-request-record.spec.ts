import { describe, expect, it } from '@jest/globals';
import type { AttemptSummary } from '@skein/contracts/orchestrator';
import { requestRecord } from '@skein/contracts/records';
import { attemptFinished, attemptStarted, completionFinished, usage } from '../test/fact-samples.js';
import { foldAttempt, newsOfEnd, newsOfStart, type AttemptRecord } from './fold-attempt.js';
import { toRequestRecord } from './to-request-record.js';

const running: AttemptRecord = foldAttempt(null, newsOfStart(attemptStarted()));
const ended = (change: Parameters<typeof attemptFinished>[0] = {}): AttemptRecord =>
  foldAttempt(null, newsOfEnd(attemptFinished(change)));

const summary = (change: Partial<AttemptSummary> = {}): AttemptSummary => ({
  id: 'att_1',
  vendor: 'openai',
  model: 'gpt-4o-mini',
  outcome: 'finished',
  first_byte_ms: 100,
  total_ms: 400,
  usage,
  usage_source: 'provider',
  cost_nano_usd: 5,
  error: null,
  ...change,
});

describe('the record of a request', () => {
  it('is nothing where nothing is known', () => {
    expect(toRequestRecord(null, [])).toBeNull();
  });

  it('is running while only attempts are known', () => {
    expect(toRequestRecord(null, [running])).toMatchObject({
      id: 'req_1',
      status: 'running',
      tenant: 'acme',
      user: 'ann',
      request: { model: 'openai/gpt-4o-mini' },
      attempts: [{ id: 'att_1', outcome: 'sent' }],
      usage: null,
      cost_nano_usd: null,
      trace_id: '0af7651916cd43dd8448eb211c80319c',
      created_at: '1970-01-01T00:00:01.000Z',
    });
  });

  it('is what the sink said, with the attempts in their order', () => {
    const second = ended({ attempt_id: 'att_2', attempt_no: 2, cost_nano_usd: 7 });
    expect(
      toRequestRecord(completionFinished(), [second, ended({ outcome: 'failed', cost_nano_usd: 2 })]),
    ).toMatchObject({
      status: 'succeeded',
      request: { model: 'auto', stream: true },
      attempts: [
        { id: 'att_1', outcome: 'failed' },
        { id: 'att_2', outcome: 'finished' },
      ],
      usage: { input_uncached: 20, output: 6 },
      cost_nano_usd: 9,
      overhead_ms: 3,
    });
  });

  it.each([
    ['nothing known', null, null],
    ['running', null, running],
    ['finished', completionFinished({ attempts: [summary()] }), null],
  ])('keeps to its contract: %s', (_name, finished, attempt) => {
    const record = toRequestRecord(finished, attempt === null ? [] : [attempt]);
    expect(record === null ? null : requestRecord.parse(record)).toEqual(record);
  });

  it('takes the word of the sink where a fact has not arrived', () => {
    const finished = completionFinished({
      attempts: [summary({ outcome: 'failed', cost_nano_usd: 1 }), summary({ id: 'att_2' })],
    });
    expect(toRequestRecord(finished, [running])).toMatchObject({
      attempts: [
        { id: 'att_1', outcome: 'failed' },
        { id: 'att_2', outcome: 'finished' },
      ],
      cost_nano_usd: 6,
    });
  });

  it('takes the word of the worker over that of the sink', () => {
    const gaveUp = completionFinished({
      attempts: [summary({ outcome: 'unknown', cost_nano_usd: null, usage: null })],
    });
    expect(toRequestRecord(gaveUp, [ended({ cost_nano_usd: 8 })])).toMatchObject({
      attempts: [{ outcome: 'finished' }],
      cost_nano_usd: 8,
    });
  });

  it('costs nothing when the cache answered', () => {
    expect(toRequestRecord(completionFinished({ cache: 'hit' }), [])).toMatchObject({
      cost_nano_usd: 0,
      usage: { output: 0 },
    });
  });

  it('does not take "nobody knows" for zero', () => {
    const unknown = ended({ outcome: 'unknown', cost_nano_usd: null, usage: null });
    expect(toRequestRecord(completionFinished(), [unknown])).toMatchObject({ cost_nano_usd: null, usage: null });
  });
});
