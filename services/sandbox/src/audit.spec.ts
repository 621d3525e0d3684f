import { describe, expect, it } from '@jest/globals';
import { Audit, type Served } from './audit.js';

function entry(change: Partial<Served> = {}): Omit<Served, 'seq'> {
  return {
    vendor: 'openai',
    model: 'gpt-4o',
    endpoint: 'chat',
    status: 200,
    stream: false,
    usage: { input: 3, output: 5, reasoning: 1, cached: 0, cacheWrite: 0 },
    outcome: 'complete',
    chunks_sent: 0,
    started_at: '2026-01-01T00:00:00.000Z',
    first_byte_at: '2026-01-01T00:00:00.500Z',
    finished_at: '2026-01-01T00:00:01.000Z',
    request_id: 'req_1',
    correlation: {},
    ...change,
  };
}

describe('audit', () => {
  it('gives what came after a number, in pages', () => {
    const audit = new Audit(100);
    for (let i = 0; i < 5; i += 1) audit.finish(entry());
    const page = audit.since(2, 2);
    expect(page.served.map((served) => served.seq)).toEqual([3, 4]);
    expect(page).toMatchObject({ last_seq: 5, dropped: 0, more: true });
    expect(audit.since(4, 2)).toMatchObject({ more: false });
    expect(audit.since(9, 2)).toMatchObject({ served: [], dropped: 0, more: false });
  });

  it('says how many entries it had to drop', () => {
    const audit = new Audit(3);
    for (let i = 0; i < 10; i += 1) audit.finish(entry());
    expect(audit.since(5, 100)).toMatchObject({ dropped: 2, last_seq: 10 });
    expect(audit.since(5, 100).served.map((served) => served.seq)).toEqual([8, 9, 10]);
    expect(audit.stats().total.requests).toBe(10);
  });

  it('sums by vendor, model and outcome', () => {
    const audit = new Audit(3);
    audit.finish(entry());
    audit.finish(entry({ model: 'o3', outcome: 'cut' }));
    audit.finish(entry({ vendor: 'groq', outcome: 'error', usage: null }));
    const { total, vendors } = audit.stats();
    expect(total).toMatchObject({
      requests: 3,
      outcomes: { complete: 1, cut: 1, error: 1 },
      tokens: { input: 6, output: 10 },
    });
    expect(vendors['openai']?.models['o3']).toMatchObject({ requests: 1, tokens: { output: 5 } });
    expect(vendors['groq']).toMatchObject({ requests: 1, tokens: { input: 0 } });
  });

  it('forgets on reset without calling it dropped, and keeps counting on', () => {
    const audit = new Audit(3);
    for (let i = 0; i < 10; i += 1) audit.finish(entry());
    audit.reset();
    expect(audit.since(0, 100)).toMatchObject({ served: [], dropped: 0, last_seq: 10 });
    audit.finish(entry());
    expect(audit.since(0, 100).served.map((served) => served.seq)).toEqual([11]);
    expect(audit.stats().total.requests).toBe(1);
  });
});
