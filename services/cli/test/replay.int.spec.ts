import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startFakeMesh, type FakeMesh } from './fake-mesh.js';
import { runCommand, withLines } from './run-command.js';

let mesh: FakeMesh;
beforeAll(async () => void (mesh = await startFakeMesh()));
afterAll(() => mesh.close());

const replay = (rows: readonly unknown[], ...options: string[]) =>
  withLines(rows, (file) => runCommand(['replay', file, '--url', mesh.url, ...options]));

describe('skein replay', () => {
  it('adds up by task and by model to the last nano-dollar', async () => {
    const rows = Array.from({ length: 10 }, (_, index) => ({ text: `${index}`, task: index < 4 ? 'code' : 'qa' }));
    const { exitCode, out } = await replay(rows, '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      requests: 10,
      failed: 0,
      tokens: { input: 50, output: 70 },
      cost_usd: '0.00000003',
      first_token_ms: null,
      by_task: { code: { requests: 4, cost_usd: '0.000000012' }, qa: { requests: 6, cost_usd: '0.000000018' } },
      by_model: { 'openai/gpt-5-mini': { requests: 10 } },
    });
  });

  it('counts cache hits and failovers, and fails when any request failed', async () => {
    const { exitCode, out } = await replay(
      [
        { text: 'again', task: 'qa' },
        { text: 'second try', task: 'qa' },
        { text: 'fail', task: 'qa' },
      ],
      '--json',
    );
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      requests: 3,
      failed: 1,
      cache_hits: 1,
      failovers: 1,
      failures: { 'rate_limit_exceeded: Too many requests (429)': 1 },
    });
  });

  it('takes tokens and cost of streams from the record, and times their first token', async () => {
    const { exitCode, out } = await replay(
      [
        { text: 'a', task: 'qa' },
        { text: 'b', task: 'qa' },
      ],
      '--stream',
      '--json',
    );
    expect(exitCode).toBe(0);
    const report = JSON.parse(out) as { latency_ms: { p50: number }; first_token_ms: { p50: number } };
    expect(report).toMatchObject({ tokens: { input: 10, output: 14 }, cost_usd: '0.000000006' });
    expect(report.first_token_ms.p50).toBeGreaterThan(0);
    expect(report.first_token_ms.p50).toBeLessThanOrEqual(report.latency_ms.p50);
  });

  it('names the task that the mesh saw where the file names none', async () => {
    const { out } = await replay([{ text: 'a' }], '--json');
    expect(Object.keys((JSON.parse(out) as { by_task: object }).by_task)).toEqual(['writing']);
  });

  it('sends prompts as jobs too', async () => {
    const { exitCode, out } = await replay(
      [
        { text: 'a', task: 'qa' },
        { text: 'b', task: 'qa' },
      ],
      '--via',
      'jobs',
      '--json',
    );
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      requests: 2,
      tokens: { input: 10, output: 14 },
      cost_usd: '0.000000006',
      by_model: { 'openai/gpt-5-mini': { requests: 2 } },
    });
    expect(await replay(['a'], '--via', 'jobs', '--stream')).toMatchObject({
      exitCode: 1,
      err: 'skein: Jobs have no streams\n',
    });
  });

  it('sends only as many as asked for, to the model asked for', async () => {
    const before = mesh.received.length;
    await replay(
      ['a', 'b', 'c'].map((text) => ({ text, task: 'qa' })),
      '--limit',
      '2',
      '--model',
      'openai/gpt-5',
    );
    const bodies = mesh.received.slice(before).map(({ body }) => (body as { model: string }).model);
    expect(bodies).toEqual(['openai/gpt-5', 'openai/gpt-5']);
  });

  it('sends every prompt once under each strategy, and lays cost, quality and models side by side', async () => {
    const before = mesh.received.length;
    const rows = ['a', 'b'].map((text) => ({ text, task: 'qa' }));
    const { exitCode, out } = await replay(rows, '--strategy', 'cost_first,quality_first', '--json');
    expect(exitCode).toBe(0);
    const sent = mesh.received
      .slice(before)
      .map(({ body }) => (body as { metadata?: { strategy: string } } | undefined)?.metadata?.strategy);
    expect(sent).toEqual(['cost_first', 'cost_first', 'quality_first', 'quality_first']);
    const run = {
      requests: 2,
      failed: 0,
      cost_usd: '0.000000006',
      quality: expect.any(Number),
      models: [{ model: 'openai/gpt-5-mini', share: 1 }],
    };
    expect(JSON.parse(out)).toEqual([
      expect.objectContaining({ strategy: 'cost_first', ...run }),
      expect.objectContaining({ strategy: 'quality_first', ...run }),
    ]);
    expect((await replay(rows, '--strategy', 'cost_first')).out).toMatch(
      /cost_first .*0\.000000006 .*gpt-5-mini 100 %/,
    );
    expect((await replay(rows, '--strategy', 'cheapest')).exitCode).toBe(1);
  });

  it('prints tables on stdout and plain progress on stderr', async () => {
    const rows = Array.from({ length: 10 }, () => ({ text: 'a', task: 'qa' }));
    const { out, err } = await replay(rows);
    expect(out).toMatch(/task .*requests .*cost USD/);
    expect(out).toMatch(/model .*requests .*cost USD/);
    expect(err.trim().split('\n')).toHaveLength(10);
    expect(err).toContain('10/10, 0 failed');
  });
});
