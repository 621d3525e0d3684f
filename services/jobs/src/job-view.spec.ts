import { describe, expect, it } from '@jest/globals';
import { SkeinError } from '@skein/contracts/errors';
import { jobStatuses, jobView } from '@skein/contracts/jobs';
import type { AttemptSummary } from '@skein/contracts/orchestrator';
import { toJobEvent } from './events/job-event.js';
import { toJobView } from './job-view.js';
import type { Job } from './job.js';

const attempt = (id: string, cost: number | null): AttemptSummary => ({
  id,
  vendor: 'openai',
  model: 'm',
  outcome: cost === null ? 'unknown' : 'finished',
  first_byte_ms: 1,
  total_ms: 2,
  usage: null,
  usage_source: 'none',
  cost_nano_usd: cost,
  error: null,
});

const job = (change: Partial<Job> = {}): Job => ({
  id: 'job_1',
  caller: { tenant: 'acme', project: null, key_id: 'k', user: null, cost_center: null },
  idempotencyKey: null,
  fingerprint: 'f',
  endpoint: '/v1/chat/completions',
  metadata: {},
  priority: 'normal',
  retryUnknown: true,
  maxRuns: 3,
  deadlineAt: null,
  notBefore: null,
  createdAt: new Date('2025-01-01T00:00:00Z'),
  traceparent: null,
  onExhausted: 'fail',
  webhookId: null,
  origin: 'api',
  vendor: null,
  target: null,
  place: new Date('2025-01-01T00:00:00Z'),
  explanation: null,
  payloadExpired: false,
  dispatchedAt: null,
  status: 'queued',
  epoch: 2,
  failedRuns: 0,
  result: null,
  error: null,
  attempts: [],
  startedAt: null,
  finishedAt: null,
  ...change,
});

const error = new SkeinError('all_attempts_failed', 'every vendor said no').toWire();

describe('a job as its customer sees it', () => {
  it.each(jobStatuses)('keeps to its contract when %s', (status) => {
    const view = toJobView(job({ status, error, attempts: [attempt('a', 1)] }));
    expect(jobView.parse(view)).toEqual(view);
  });

  it('has the answer of its endpoint when it failed', () => {
    expect(toJobView(job({ status: 'failed', error }))).toMatchObject({
      result: { status_code: 502, body: { error: { code: 'all_attempts_failed' } } },
      error: { message: 'every vendor said no', code: 'all_attempts_failed', param: null, type: 'api_error' },
    });
  });

  it('says why it expired, and has no answer then', () => {
    const expired = toJobView(
      job({ status: 'expired', error: new SkeinError('deadline_exceeded', 'too late').toWire() }),
    );
    expect(expired).toMatchObject({ result: null, error: { code: 'deadline_exceeded' } });
  });

  it('shows no error while it is still being tried', () => {
    expect(toJobView(job({ status: 'scheduled', error })).error).toBeNull();
  });

  it('keeps what we would rather not say to itself', () => {
    const internal = new SkeinError('internal', 'a stack and a password').toWire();
    expect(JSON.stringify(toJobView(job({ status: 'failed', error: internal })))).not.toContain('password');
  });

  it.each([
    [[], null],
    [[null], null],
    [[0], 0],
    [[5, null, 7], 12],
  ])('costs of %j make %j', (costs, sum) => {
    expect(toJobView(job({ attempts: costs.map((cost, index) => attempt(`a${index}`, cost)) })).cost_nano_usd).toBe(
      sum,
    );
  });
});

describe('the event of a change', () => {
  const change = {
    id: '7',
    jobId: 'job_1',
    type: 'job.succeeded',
    status: 'succeeded',
    epoch: 2,
    data: { started_at: '1970-01-01T00:00:00+00:00', finished_at: '1970-01-01T01:00:00+01:00', error: null },
    happenedAt: new Date(0),
  } as const;
  const event = toJobEvent(
    change,
    job({ status: 'succeeded', attempts: [attempt('a', 1_500)], result: { status_code: 200, body: { secret: 1 } } }),
  );

  it('is a CloudEvent on the subject of its tenant', () => {
    expect(event.subject).toBe('skein.evt.acme.job.succeeded');
    expect(event.headers).toEqual({
      'ce-specversion': '1.0',
      'ce-id': 'job_1.2.succeeded',
      'ce-source': '/skein/jobs',
      'ce-type': 'skein.job.succeeded',
      'ce-subject': 'job_1',
      'ce-time': '1970-01-01T00:00:00.000Z',
      'content-type': 'application/json',
    });
  });

  it('says what became of it, in USD, without prompt or answer', () => {
    expect(event.data).toMatchObject({
      id: 'job_1',
      status: 'succeeded',
      cost_usd: '0.0000015',
      finished_at: '1970-01-01T00:00:00.000Z',
    });
    expect(JSON.stringify(event.data)).not.toContain('secret');
  });
});
