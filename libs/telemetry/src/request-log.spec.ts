import { Writable } from 'node:stream';
import { expect, it } from '@jest/globals';
import { pino } from 'pino';
import { logRequest } from './request-log.js';

it('writes one line with the fields operators search for', () => {
  const lines: string[] = [];
  const sink = new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) });
  logRequest(
    pino({}, sink),
    {
      request_id: 'r1',
      trace_id: null,
      status: 'failed',
      model: 'openai/gpt-4o',
      vendor: 'openai',
      tokens_input: 12,
      tokens_output: null,
      latency_ms: 34.5,
      first_token_ms: null,
      cost_usd: '0.000123456',
      tenant: 'acme',
      user_id: null,
      task_type: 'code',
      cache: 'miss',
      attempts: 2,
      error_code: 'vendor_failed',
    },
    'warn',
  );
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 40,
    msg: 'request',
    request_id: 'r1',
    model: 'openai/gpt-4o',
    tokens_input: 12,
    tokens_output: null,
    latency_ms: 34.5,
    cost_usd: '0.000123456',
    user_id: null,
    task_type: 'code',
  });
});
