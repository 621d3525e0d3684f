// Hundreds of real prompts through the real command: no failure, and a sum that is right to the last nano-dollar.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  NodeProcess,
  checkoutRoot,
  eventually,
  plainEnvironment,
  startMesh,
  toNanoUsd,
  type Mesh,
} from '@skein/testkit';
import { stopMesh, usageOf, usageWith } from './ask.js';

jest.setTimeout(180_000);

const PROMPTS = join(checkoutRoot, 'test/e2e/data/prompts.jsonl');

interface Report {
  readonly requests: number;
  readonly failed: number;
  readonly cost_usd: string;
  readonly unpriced: number;
  readonly cache_hits: number;
  readonly failovers: number;
  readonly by_task: Readonly<Record<string, { readonly requests: number; readonly cost_usd: string }>>;
  readonly by_model: Readonly<Record<string, { readonly requests: number; readonly cost_usd: string }>>;
  readonly failures: Readonly<Record<string, number>>;
}

let mesh: Mesh;
beforeAll(async () => {
  mesh = await startMesh();
});
afterAll(() => stopMesh(mesh));

async function replay(...options: string[]): Promise<Report> {
  const command = new NodeProcess(join(checkoutRoot, 'services/cli/dist/src/main.js'), {
    args: ['replay', PROMPTS, '--json', '--url', mesh.url, '--nats', mesh.natsUrl, '--key', mesh.key, ...options],
    environment: plainEnvironment(),
  });
  const { code } = await command.exited;
  if (code !== 0) throw new Error(`replay ended with ${code}:\n${command.output}`);
  return JSON.parse(command.stdout) as Report;
}

const sumOf = (groups: Report['by_task']) =>
  Object.values(groups).reduce((sum, { cost_usd }) => sum + toNanoUsd(cost_usd), 0n);

describe('a replay of real prompts', () => {
  it('over HTTP ends without a failure, and the ledger says what the headers said', async () => {
    const report = await replay('--concurrency', '8');
    expect(report).toMatchObject({ failed: 0, failures: {}, unpriced: 0 });
    expect(report.requests).toBeGreaterThanOrEqual(400);
    const usage = await usageWith(mesh.http, report.requests + report.failovers);
    expect(usage).toMatchObject({ requests: report.requests, unknown: 0 });
    expect(toNanoUsd(usage.cost_usd)).toBe(toNanoUsd(report.cost_usd));
    expect(sumOf(report.by_task)).toBe(toNanoUsd(report.cost_usd));
    expect(sumOf(report.by_model)).toBe(toNanoUsd(report.cost_usd));
    expect(Object.keys(report.by_model).length).toBeGreaterThan(3);
  });

  it.each(['nats', 'jobs'])('over %s too', async (door) => {
    const before = await usageOf(mesh.http);
    const report = await replay('--via', door, '--limit', '60');
    expect(report).toMatchObject({ requests: 60, failed: 0, unpriced: 0 });
    await eventually(async () => {
      const { cost_usd } = await usageOf(mesh.http);
      expect(toNanoUsd(cost_usd) - toNanoUsd(before.cost_usd)).toBe(toNanoUsd(report.cost_usd));
    });
  });

  it('as streams too', async () => {
    const before = await usageOf(mesh.http);
    const report = await replay('--stream', '--limit', '60');
    expect(report).toMatchObject({ requests: 60, failed: 0, unpriced: 0 });
    expect(toNanoUsd((await usageOf(mesh.http)).cost_usd) - toNanoUsd(before.cost_usd)).toBe(
      toNanoUsd(report.cost_usd),
    );
  });
});
