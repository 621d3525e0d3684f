import { describe, expect, it } from '@jest/globals';
import { SkeinError } from '@skein/contracts/errors';
import type { JobSubmission } from '@skein/contracts/jobs';
import { readDuration } from './duration.js';
import { fingerprintOf, readSubmission } from './read-submission.js';

const NOW = new Date('2025-01-01T00:00:00.000Z');
const body = { model: 'auto', messages: [{ role: 'user', content: 'hi' }] };

const read = (change: Partial<JobSubmission> = {}) =>
  readSubmission({
    id: 'job_1',
    caller: { tenant: 'acme', project: null, key_id: 'k', user: 'ann', cost_center: null },
    submission: { endpoint: '/v1/chat/completions', body, ...change },
    idempotencyKey: null,
    maxRuns: 3,
    now: NOW,
    traceparent: null,
  });

const paramOf = (change: Partial<JobSubmission>): string | null => {
  try {
    read(change);
  } catch (error) {
    if (error instanceof SkeinError && error.code === 'invalid_request') return error.param;
    throw error;
  }
  return 'accepted';
};

describe('a submission', () => {
  it('has defaults', () => {
    expect(read()).toMatchObject({
      priority: 'normal',
      retryUnknown: true,
      deadlineAt: null,
      notBefore: null,
      metadata: {},
    });
  });

  it.each([
    ['2025-01-01T06:00:00Z', '2025-01-01T06:00:00.000Z'],
    ['15m', '2025-01-01T00:15:00.000Z'],
  ])('understands the deadline %s', (deadline, moment) => {
    expect(read({ deadline }).deadlineAt?.toISOString()).toBe(moment);
  });

  it.each([
    [1_500, '2025-01-01T00:00:01.500Z'],
    ['10s', '2025-01-01T00:00:10.000Z'],
  ])('understands the delay %s', (delay, moment) => {
    expect(read({ delay }).notBefore?.toISOString()).toBe(moment);
  });

  it('listens to the metadata of the body, and more to its own', () => {
    const said = { ...body, metadata: { priority: 'low', user: 'bob', customer_ref: 'x' } };
    expect(read({ body: said })).toMatchObject({
      priority: 'low',
      caller: { user: 'bob' },
      metadata: { priority: 'low', user: 'bob' },
    });
    expect(read({ body: said, metadata: { priority: 'high' } })).toMatchObject({ priority: 'high' });
    expect(read({ body: said, metadata: { priority: 'high' }, priority: 'normal' })).toMatchObject({
      priority: 'normal',
    });
    expect(read({ body: said }).metadata).not.toHaveProperty('customer_ref');
  });

  it.each([
    ['a deadline in the past', { deadline: '2024-12-31T00:00:00Z' }, 'deadline'],
    ['a deadline within the delay', { deadline: '5s', delay: '10s' }, 'deadline'],
    ['a deadline that is no moment', { deadline: 'tomorrow' }, 'deadline'],
    ['a number as a deadline', { deadline: '20250101' }, 'deadline'],
    ['a deadline beyond all dates', { deadline: '999999999999d' }, 'deadline'],
    ['a delay without a unit', { delay: '10' }, 'delay'],
    ['a body without messages', { body: { model: 'auto' } }, 'body.messages'],
    ['a wrong type within', { body: { ...body, temperature: 'hot' } }, 'body.temperature'],
    ['metadata out of its set', { body: { ...body, metadata: { priority: 'urgent' } } }, 'body.metadata.priority'],
  ] as [string, Partial<JobSubmission>, string][])('is refused for %s', (_name, change, param) => {
    expect(paramOf(change)).toBe(param);
  });
});

describe('the fingerprint of a submission', () => {
  const base: JobSubmission = { endpoint: '/v1/chat/completions', body: { model: 'auto', messages: [], seed: 1 } };

  it('does not depend on the order of fields', () => {
    expect(fingerprintOf({ body: { seed: 1, messages: [], model: 'auto' }, endpoint: base.endpoint })).toBe(
      fingerprintOf(base),
    );
  });

  it.each([
    ['the body', { ...base, body: { ...base.body, seed: 2 } }],
    ['the order of an array', { ...base, body: { ...base.body, stop: ['b', 'a'] } }],
    ['a field beside it', { ...base, delay: 5 }],
  ] as [string, JobSubmission][])('depends on %s', (_name, other) => {
    expect(fingerprintOf(other)).not.toBe(fingerprintOf(base));
    expect(fingerprintOf({ ...base, body: { ...base.body, stop: ['a', 'b'] } })).not.toBe(fingerprintOf(other));
  });
});

describe('a duration', () => {
  it.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['1.5h', 5_400_000],
    ['2d', 172_800_000],
    ['s', null],
    ['-5s', null],
    ['5 minutes', null],
    ['', null],
  ])('%j → %j', (written, ms) => {
    expect(readDuration(written)).toBe(ms);
  });
});
