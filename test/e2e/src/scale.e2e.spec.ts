// Workers joined to a running mesh: what one vendor can take grows with them.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { chat, eventually, startMesh, type Mesh } from '@skein/testkit';
import { askPlain, stopMesh } from './ask.js';

jest.setTimeout(120_000);

const CONCURRENCY = '4';
const VENDOR_MS = 100;
const REQUESTS = 120;
const AT_ONCE = 64;

let mesh: Mesh;
beforeAll(async () => {
  mesh = await startMesh({ environment: { OPENAI_CONCURRENCY: CONCURRENCY } });
  await mesh.sandbox.setKnobs('openai', { latency: VENDOR_MS, tokens: 5 });
});
afterAll(() => stopMesh(mesh));

async function scaleTo(workers: number): Promise<void> {
  for (let there = await mesh.serversOf('provider-openai'); there < workers; there += 1)
    mesh.addWorker('openai', { OPENAI_CONCURRENCY: CONCURRENCY });
  await eventually(async () => expect(await mesh.serversOf('provider-openai')).toBe(workers), { withinMs: 20_000 });
  // Known to NATS; a first round makes sure that the orchestrator knows them too and connections are open.
  await requestsPerSecond(48);
}

async function requestsPerSecond(requests = REQUESTS): Promise<number> {
  let next = 0;
  const customer = async () => {
    for (let index = next++; index < requests; index = next++) {
      const { status } = await askPlain(mesh.http, chat('openai/gpt-4o-mini', `question ${index}`));
      expect(status).toBe(200);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, customer));
  return requests / ((performance.now() - startedAt) / 1_000);
}

describe('workers with a concurrency limit against a slow vendor', () => {
  it('do in proportion to their number', async () => {
    const rates: number[] = [];
    for (const workers of [1, 2, 4]) {
      await scaleTo(workers);
      rates.push(await requestsPerSecond());
    }
    const [one = 0, two = 0, four = 0] = rates;
    expect(two / one).toBeGreaterThan(1.5);
    expect(four / one).toBeGreaterThan(2.5);
  });

  it('never ask the vendor for more at a time than their limits together', async () => {
    await mesh.sandbox.reset();
    await mesh.sandbox.setKnobs('openai', { latency: VENDOR_MS, tokens: 5, concurrency: 4 * Number(CONCURRENCY) });
    await requestsPerSecond();
    const refused = (await mesh.sandbox.served()).filter(({ status }) => status === 429);
    expect(refused).toEqual([]);
  });

  it('leave without losing a request', async () => {
    const load = requestsPerSecond();
    await mesh.stopAddedWorkers();
    await load;
    expect(await mesh.serversOf('provider-openai')).toBe(1);
  });
});
