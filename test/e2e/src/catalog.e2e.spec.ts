// What an operator adds to the catalogue by the policy file, seen from the customer's side of a running mesh.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { chat, eventually, startMesh, toNanoUsd, type Mesh } from '@skein/testkit';
import { askPlain, finishedRecord, stopMesh } from './ask.js';

jest.setTimeout(120_000);

/** One model more, at so many USD per million tokens, in Europe and under an agreement. */
const policy = (price: string, more = '') => `
name: additions
default: [openai/gpt-4o-mini, openai/house-1]
catalog:
  models:
    - id: openai/house-1
      like: openai/gpt-4o-mini
      regions: [eu-west-1]
      compliance: [{ tag: HIPAA, evidence: 'https://example.com/agreement', date: 2026-11-01 }]
      prices: [{ input: '${price}', output: '${price}' }]
${more}`;

let mesh: Mesh;
beforeAll(async () => {
  mesh = await startMesh({ busLocal: 'verify', policy: policy('1') });
});
afterAll(() => stopMesh(mesh));

const apply = (text: string) => writeFileSync(join(mesh.stateDir, 'skein_policy.yaml'), text);

/** Nano-USD per token of an answer whose tokens all cost the same. */
async function priceOf(model: string): Promise<number> {
  const answer = await askPlain(mesh.http, chat(model, 'What is the capital of France?'));
  expect(answer.status).toBe(200);
  return Number(toNanoUsd(answer.headers['x-skein-cost-usd'] ?? '')) / (answer.json.usage?.total_tokens ?? 0);
}

describe('a model that the policy adds', () => {
  it('is listed, answers by its bare name, and costs what the policy says', async () => {
    const { json } = await mesh.http.get<{ data: { id: string }[] }>('/v1/models');
    expect(json.data.map(({ id }) => id)).toContain('openai/house-1');
    expect(await priceOf('house-1')).toBe(1_000);
  });

  it('alone meets demands that it has evidence for', async () => {
    for (const metadata of [{ compliance: ['HIPAA'] }, { region: 'eu' }]) {
      const answer = await askPlain(mesh.http, chat('auto', 'Hello', { metadata }));
      expect(answer.headers).toMatchObject({ 'x-skein-vendor': 'openai', 'x-skein-model': 'house-1' });
    }
  });

  it('changes its price when the file does, without a restart, and each posting keeps its revision', async () => {
    apply(policy('3'));
    await eventually(async () => expect(await priceOf('house-1')).toBe(3_000));
    apply(policy('3', "  channels: { openai: { kind: reseller, price_factor: '0.5' } }"));
    await eventually(async () => {
      // A price of the operator's own is what he pays; list prices are multiplied.
      expect(await priceOf('house-1')).toBe(3_000);
      const answer = await askPlain(mesh.http, chat('openai/gpt-4o-mini', 'Hello'));
      const record = await finishedRecord(mesh.http, answer.headers['x-request-id']);
      const [usage] = record.attempts.map((attempt) => attempt.usage);
      const list = (usage?.input_uncached ?? 0) * 150 + (usage?.output ?? 0) * 600;
      expect(Number(toNanoUsd(answer.headers['x-skein-cost-usd'] ?? ''))).toBe(Math.round(list / 2));
    });
  });

  it('leaves the last good policy in force when its additions lead nowhere', async () => {
    apply(policy('3').replace('openai/gpt-4o-mini\n      regions', 'openai/nothing\n      regions'));
    expect(await priceOf('house-1')).toBe(3_000);
  });
});
