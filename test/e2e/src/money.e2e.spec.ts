// One sum, four books: what headers said, what records say, what the ledger says, and how often a vendor was called.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  chat,
  misbehave,
  startMesh,
  sumNanoUsd,
  toNanoUsd,
  type ChatBody,
  type Mesh,
  type RecordAnswer,
} from '@skein/testkit';
import { askPlain, askStream, finishedRecord, stopMesh, usageWith } from './ask.js';

jest.setTimeout(120_000);

const REQUESTS = 120;
const AT_ONCE = 12;
const models = [
  'openai/gpt-4o-mini',
  'anthropic/claude-haiku-4-5',
  'google/gemini-2.5-flash',
  'groq/llama-3.1-8b-instant',
  'openai/o3',
  'deepseek/deepseek-v4-flash',
  'auto',
];

interface Asked {
  readonly requestId: string;
  /** Null on streams: their cost is known after their headers. */
  readonly headerCost: string | null;
  readonly record: RecordAnswer;
}

let mesh: Mesh;
let asked: Asked[];
beforeAll(async () => {
  mesh = await startMesh();
  asked = await inTurns(REQUESTS, AT_ONCE, ask);
});
afterAll(() => stopMesh(mesh));

/** Every fifth fails at its first vendor, every third is streamed. */
async function ask(index: number): Promise<Asked> {
  const body = bodyOf(index);
  const { headers, status } = index % 3 === 0 ? await askStream(mesh.http, body) : await askPlain(mesh.http, body);
  expect(status).toBe(200);
  const requestId = headers['x-request-id'] ?? '';
  const headerCost = index % 3 === 0 ? null : (headers['x-skein-cost-usd'] ?? 'missing');
  return { requestId, headerCost, record: await finishedRecord(mesh.http, requestId) };
}

function bodyOf(index: number): ChatBody {
  const model = models[index % models.length] ?? 'auto';
  if (index % 5 !== 0) return chat(model, `Question ${index}: tell me something about the number ${index * 37}.`);
  const fault = misbehave({ status: 503 }, { vendor: 'mistral' });
  return chat('mistral/mistral-small-2603', `${fault} Question ${index}`, {
    metadata: { fallbacks: ['qwen/qwen-flash'] },
  });
}

async function inTurns<Value>(
  count: number,
  atOnce: number,
  work: (index: number) => Promise<Value>,
): Promise<Value[]> {
  const values: Value[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < count; index = next++) values[index] = await work(index);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return values;
}

describe('after many requests, some of them failed over', () => {
  it('each header says what its record says', () => {
    const differing = asked.filter(({ headerCost, record }) => headerCost !== null && headerCost !== record.cost_usd);
    expect(
      differing.map(({ requestId, headerCost, record }) => ({ requestId, headerCost, record: record.cost_usd })),
    ).toEqual([]);
  });

  it('the ledger’s sum is the records’ sum, to the nano-dollar', async () => {
    const attempts = asked.reduce((sum, { record }) => sum + record.attempts.length, 0);
    const usage = await usageWith(mesh.http, attempts);
    expect(usage).toMatchObject({ requests: REQUESTS, unknown: 0 });
    expect(toNanoUsd(usage.cost_usd)).toBe(sumNanoUsd(asked.map(({ record }) => record.cost_usd)));
    expect(toNanoUsd(usage.cost_usd)).toBeGreaterThan(0n);
  });

  it('the ledger has one posting for each call a vendor got, and knows each by its attempt', async () => {
    const attempts = asked.flatMap(({ record }) => record.attempts.map(({ id }) => id));
    const served = (await mesh.sandbox.served()).map(({ correlation }) => correlation['x-skein-attempt']);
    expect([...served].sort()).toEqual([...attempts].sort());
    expect(new Set(attempts).size).toBe(attempts.length);
  });

  it('tokens are those the vendors counted', async () => {
    const { tokens } = await usageWith(
      mesh.http,
      asked.reduce((sum, { record }) => sum + record.attempts.length, 0),
    );
    const counted = (await mesh.sandbox.served()).reduce((sum, { usage }) => sum + (usage?.output ?? 0), 0);
    expect(tokens['output']).toBe(counted);
  });
});
