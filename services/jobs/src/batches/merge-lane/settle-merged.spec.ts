import { describe, expect, it } from '@jest/globals';
import { SkeinError } from '@skein/contracts/errors';
import type { AttemptSummary } from '@skein/contracts/orchestrator';
import type { EndedRun } from '../../decide-run.js';
import { settleCall } from './settle-merged.js';

const attempt: AttemptSummary = {
  id: 'att_1',
  vendor: 'openai',
  model: 'm',
  outcome: 'finished',
  first_byte_ms: 1,
  total_ms: 2,
  usage: null,
  usage_source: 'none',
  cost_nano_usd: 100,
  error: null,
};
const ended: EndedRun = {
  ending: 'answered',
  result: null,
  error: null,
  attempts: [attempt],
  explanation: null,
  isBlind: false,
};
const lines = [1, 2, 3].map((lineNo) => ({
  lineNo,
  epoch: 4,
  failedRuns: 1,
  requestId: 'req_1',
  body: {},
  inputTokens: 10 * lineNo,
}));
const items = ['aaaaa', 'bbbbb', 'ccccc'].map((id) => ({ id, input: id }));
const call = { lines, items, bound: null, ended };
const body = (answers: string[]) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: JSON.stringify({ answers }) }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 61, completion_tokens: 31, total_tokens: 92 },
});
const linesOf = (settled: ReturnType<typeof settleCall>) => {
  if (settled === 'not ours' || 'again' in settled) throw new Error('nothing settled');
  return settled.lines;
};
const vendorFailed = new SkeinError('vendor_failed', 'no').toWire();

describe('the lines of a merged call', () => {
  it('have an answer each, as if it were their own, and pay their parts', () => {
    const answers = items.map(({ id }) => `${id}: answer no ${id.length}`);
    const settled = linesOf(settleCall(call, { event: 'succeed', result: { status_code: 200, body: body(answers) } }));
    expect(settled.map(({ lineNo, epoch, status }) => [lineNo, epoch, status])).toEqual(
      [1, 2, 3].map((lineNo) => [lineNo, 4, 'succeeded']),
    );
    const bodies = settled.map(({ result }) => result?.body as ReturnType<typeof body>);
    expect(bodies.map(({ choices }) => choices[0]?.message.content)).toEqual(Array(3).fill('answer no 5'));
    expect(bodies.map(({ usage }) => usage.prompt_tokens)).toEqual([10, 20, 31]);
    expect(bodies.reduce((sum, { usage }) => sum + usage.total_tokens, 0)).toBe(92);
    expect(new Set(bodies.map(({ id }) => id)).size).toBe(3);
    expect(settled.map(({ attempts }) => attempts[0]?.cost_nano_usd)).toEqual([17, 33, 50]);
  });

  it('are run alone where they have none, have paid all the same, and have lost no run by it', () => {
    const answers = ['aaaaa: A'];
    const settled = linesOf(settleCall(call, { event: 'succeed', result: { status_code: 200, body: body(answers) } }));
    expect(settled.map(({ status, failedRuns }) => [status, failedRuns])).toEqual([
      ['succeeded', 1],
      ['queued', 1],
      ['queued', 1],
    ]);
    expect(settled[1]?.error?.message).toContain('missing');
    expect(settled.reduce((sum, { attempts }) => sum + (attempts[0]?.cost_nano_usd ?? 0), 0)).toBe(100);
  });

  it.each([
    ['the vendor fails', { event: 'retry', notBefore: new Date(0), counts: true, error: vendorFailed }],
    ['the vendor refuses', { event: 'fail', error: vendorFailed }],
  ] as const)('are all run alone when %s', (_when, decision) => {
    expect(linesOf(settleCall(call, decision)).map(({ status }) => status)).toEqual(['queued', 'queued', 'queued']);
  });

  it('share another call when our own rooms broke this one off, and none when it is not theirs any more', () => {
    const decision = { event: 'retry', notBefore: new Date(5), counts: false, error: null } as const;
    expect(settleCall(call, decision)).toEqual({ again: new Date(5) });
    expect(settleCall(call, { event: 'none' })).toBe('not ours');
    expect(linesOf(settleCall(call, { event: 'expire', error: vendorFailed })).map(({ status }) => status)).toEqual(
      Array(3).fill('expired'),
    );
  });
});
