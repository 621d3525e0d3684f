// Batches through the clients people have: OpenAI's and Anthropic's, unmodified, over lines for vendors of several kinds.
import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { eventually, startMesh, toNanoUsd, type Mesh, type UsageAnswer } from '@skein/testkit';
import OpenAI, { toFile } from 'openai';
import { stopMesh } from './ask.js';

jest.setTimeout(120_000);

let mesh: Mesh;
let openai: OpenAI;
let anthropic: Anthropic;
beforeAll(async () => {
  mesh = await startMesh();
  openai = new OpenAI({ apiKey: mesh.key, baseURL: `${mesh.url}/v1` });
  anthropic = new Anthropic({ apiKey: mesh.key, baseURL: mesh.url });
});
afterAll(() => stopMesh(mesh));

const models = ['openai/gpt-4o-mini', 'anthropic/claude-haiku-4-5', 'google/gemini-2.5-flash', 'auto'];
const lineOf = (index: number, change: object = {}) =>
  JSON.stringify({
    custom_id: `line-${index}`,
    method: 'POST',
    url: '/v1/chat/completions',
    body: {
      model: models[index % models.length],
      max_tokens: 16,
      messages: [{ role: 'user', content: `Say the number ${index}.` }],
      ...change,
    },
  });

async function batchOf(lines: readonly string[], { lane = 'auto', window = '24h' } = {}) {
  const file = await openai.files.create({
    purpose: 'batch',
    file: await toFile(Buffer.from(lines.join('\n')), 'lines.jsonl'),
  });
  const wish = {
    input_file_id: file.id,
    endpoint: '/v1/chat/completions' as const,
    // Ours: OpenAI knows one window and no lanes.
    completion_window: window as '24h',
    metadata: { project: 'e2e' },
    lane,
  };
  return openai.batches.create(wish);
}

const costOf = (batch: OpenAI.Batches.Batch): string => (batch as unknown as { cost_usd: string }).cost_usd;

function untilEnded(id: string): Promise<OpenAI.Batches.Batch> {
  return eventually(
    async () => {
      const batch = await openai.batches.retrieve(id);
      if (!['completed', 'failed', 'expired', 'cancelled'].includes(batch.status)) throw new Error(batch.status);
      return batch;
    },
    { withinMs: 100_000, everyMs: 50 },
  );
}

interface ResultLine {
  readonly custom_id: string;
  readonly response: { readonly status_code: number; readonly body: OpenAI.ChatCompletion };
}

async function linesOf(fileId: string | null | undefined): Promise<ResultLine[]> {
  if (fileId == null) return [];
  const text = await (await openai.files.content(fileId)).text();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ResultLine);
}

describe('the openai client', () => {
  it('has a file of requests answered by vendors of every kind, one answer a line', async () => {
    const batch = await batchOf(Array.from({ length: 60 }, (_, index) => lineOf(index)));
    expect(batch).toMatchObject({ object: 'batch', status: 'validating', metadata: { project: 'e2e' } });
    const done = await untilEnded(batch.id);
    expect(done).toMatchObject({ status: 'completed', request_counts: { total: 60, completed: 60, failed: 0 } });
    const answers = await linesOf(done.output_file_id);
    expect(answers.map(({ custom_id }) => custom_id)).toEqual(
      Array.from({ length: 60 }, (_, index) => `line-${index}`),
    );
    for (const { response } of answers) {
      expect(response.status_code).toBe(200);
      expect(response.body.choices[0]?.message.content).toEqual(expect.any(String));
    }
    const listed = await openai.batches.list({ limit: 5 });
    expect(listed.data.map(({ id }) => id)).toContain(batch.id);
  });

  it('reads in the error file what no vendor takes, and what is wrong before anything is run', async () => {
    const done = await untilEnded((await batchOf([lineOf(0), lineOf(1, { model: 'nobody/model' })])).id);
    expect(done.request_counts).toEqual({ total: 2, completed: 1, failed: 1 });
    expect(await linesOf(done.error_file_id)).toMatchObject([
      { custom_id: 'line-1', response: { status_code: 404, body: { error: { code: 'not_found' } } } },
    ]);
    const refused = await untilEnded((await batchOf([lineOf(0), lineOf(0)])).id);
    expect(refused).toMatchObject({ status: 'failed', errors: { data: [{ code: 'duplicate_custom_id', line: 2 }] } });
  });

  it.each([
    ['/v1/embeddings', 'openai/text-embedding-3-small', { data: [{ embedding: expect.any(Array) }] }],
    ['/v1/moderations', 'openai/omni-moderation-latest', { results: [{ flagged: expect.any(Boolean) }] }],
  ] as const)('has a file of %s answered too, in real time', async (endpoint, model, answer) => {
    const ask = (index: number) =>
      JSON.stringify({
        custom_id: `line-${index}`,
        method: 'POST',
        url: endpoint,
        body: { model, input: `Thing ${index}` },
      });
    const file = await openai.files.create({
      purpose: 'batch',
      file: await toFile(Buffer.from([0, 1, 2].map(ask).join('\n')), 'lines.jsonl'),
    });
    const wish = { input_file_id: file.id, endpoint, completion_window: '24h' } as const;
    const done = await untilEnded((await openai.batches.create(wish)).id);
    expect(done).toMatchObject({ status: 'completed', endpoint, request_counts: { total: 3, completed: 3 } });
    for (const { response } of await linesOf(done.output_file_id))
      expect(response).toMatchObject({ status_code: 200, body: answer });
    const atVendors: unknown = { ...wish, lane: 'vendor' };
    await expect(openai.batches.create(atVendors as typeof wish)).rejects.toMatchObject({ status: 400, param: 'lane' });
  });

  it('has Responses answered by vendors of every kind, in real time and by a vendor’s own batch API', async () => {
    const ask = (index: number, change: object = {}) =>
      JSON.stringify({
        custom_id: `line-${index}`,
        method: 'POST',
        url: '/v1/responses',
        body: { model: models[index], input: `Say the number ${index}.`, instructions: 'Be brief.', ...change },
      });
    const run = async (lines: readonly string[], lane: string) => {
      const file = await openai.files.create({
        purpose: 'batch',
        file: await toFile(Buffer.from(lines.join('\n')), 'lines.jsonl'),
      });
      const wish = { input_file_id: file.id, endpoint: '/v1/responses', completion_window: '24h' } as const;
      const laned = { ...wish, lane };
      return untilEnded((await openai.batches.create(laned)).id);
    };
    const [live, atVendor, refused] = await Promise.all([
      run(
        [0, 1, 2, 3].map((index) => ask(index)),
        'realtime',
      ),
      run([ask(0)], 'vendor'),
      run([ask(0, { previous_response_id: 'resp_1' })], 'realtime'),
    ]);
    expect(live).toMatchObject({ status: 'completed', request_counts: { total: 4, completed: 4, failed: 0 } });
    expect(atVendor).toMatchObject({ status: 'completed', request_counts: { total: 1, completed: 1, failed: 0 } });
    const answers = [...(await linesOf(live.output_file_id)), ...(await linesOf(atVendor.output_file_id))];
    expect(answers).toHaveLength(5);
    for (const { response } of answers)
      expect(response).toMatchObject({
        status_code: 200,
        body: {
          id: expect.stringMatching(/^resp_/),
          object: 'response',
          status: 'completed',
          instructions: 'Be brief.',
          output: [{ type: 'message', content: [{ type: 'output_text', text: expect.any(String) }] }],
          usage: { input_tokens: expect.any(Number) },
        },
      });
    expect(refused).toMatchObject({
      status: 'failed',
      errors: { data: [{ code: 'invalid_request', param: 'body.previous_response_id' }] },
    });
  });

  it('lists, reads and deletes files, and hears which field is wrong', async () => {
    const file = await openai.files.create({ purpose: 'batch', file: await toFile(Buffer.from('{}\n'), 'x.jsonl') });
    expect(file).toMatchObject({
      object: 'file',
      bytes: 3,
      filename: 'x.jsonl',
      purpose: 'batch',
      status: 'processed',
    });
    expect((await openai.files.list({ purpose: 'batch' })).data.map(({ id }) => id)).toContain(file.id);
    expect(await openai.files.delete(file.id)).toMatchObject({ deleted: true });
    await expect(openai.files.retrieve(file.id)).rejects.toMatchObject({ status: 404 });
    await expect(
      openai.batches.create({ input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h' }),
    ).rejects.toMatchObject({ status: 404, param: 'input_file_id' });
    await expect(
      openai.files.create({ purpose: 'fine-tune', file: await toFile(Buffer.from('{}'), 'x.jsonl') }),
    ).rejects.toMatchObject({ status: 400, param: 'purpose' });
  });
});

describe('the vendors\u2019 own batch APIs', () => {
  const own = [
    'openai/gpt-4o-mini',
    'groq/llama-3.1-8b-instant',
    'mistral/mistral-small-2603',
    'anthropic/claude-haiku-4-5',
    'google/gemini-2.5-flash',
  ];
  const ask = (index: number) => lineOf(index, { model: own[index % own.length] });
  const spent = async () => toNanoUsd((await mesh.http.get<UsageAnswer>('/v1/usage')).json.cost_usd);

  it('run lines at the batch price, half of the real-time one, and every line is posted once', async () => {
    const lines = Array.from({ length: 20 }, (_, index) => ask(index));
    const before = await spent();
    const realtime = await untilEnded((await batchOf(lines, { lane: 'realtime' })).id);
    const between = await eventually(async () => {
      const now = await spent();
      expect(now - before).toBe(toNanoUsd(costOf(realtime)));
      return now;
    });
    const vendors = await untilEnded((await batchOf(lines, { lane: 'vendor' })).id);
    expect(vendors.request_counts).toEqual({ total: 20, completed: 20, failed: 0 });
    await eventually(async () => expect((await spent()) - between).toBe(toNanoUsd(costOf(vendors))));
    const [dear, cheap] = [Number(toNanoUsd(costOf(realtime))), Number(toNanoUsd(costOf(vendors)))];
    expect(cheap / dear).toBeGreaterThan(0.45);
    expect(cheap / dear).toBeLessThan(0.55);
    const answers = await linesOf(vendors.output_file_id);
    const alone = await linesOf(realtime.output_file_id);
    expect(answers.map(({ response }) => response.body.choices[0]?.message.content)).toEqual(
      alone.map(({ response }) => response.body.choices[0]?.message.content),
    );
  });

  it('that get stuck lose their lines to real time before the window is over, and what both did is shown', async () => {
    await mesh.sandbox.setKnobs('openai', { batch_ms: 3_600_000, batch_done: 0.5 });
    try {
      const lines = Array.from({ length: 8 }, (_, index) => lineOf(index, { model: 'openai/gpt-4o-mini' }));
      const attempts = async () => (await mesh.http.get<UsageAnswer>('/v1/usage')).json.attempts;
      const before = await attempts();
      await mesh.sandbox.reset();
      const done = await untilEnded((await batchOf(lines, { lane: 'vendor', window: '12s' })).id);
      expect(done).toMatchObject({ status: 'completed', request_counts: { total: 8, completed: 8, failed: 0 } });
      // Eight in real time, and the half that the vendor had done when it was told to stop.
      expect(await mesh.sandbox.served()).toHaveLength(12);
      await eventually(async () => expect((await attempts()) - before).toBe(12), { withinMs: 40_000 });
    } finally {
      await mesh.sandbox.resetKnobs('openai');
    }
  });

  it.each(own)(
    'that are taken by %s, and whose acknowledgement is lost, are found again and paid for once',
    async (model) => {
      const vendor = model.slice(0, model.indexOf('/'));
      await mesh.sandbox.setKnobs(vendor, { batch_cut: true, batch_ms: 1_500 });
      try {
        await mesh.sandbox.reset();
        const lines = Array.from({ length: 3 }, (_, index) => lineOf(index, { model }));
        const done = await untilEnded((await batchOf(lines, { lane: 'vendor' })).id);
        expect(done).toMatchObject({ status: 'completed', request_counts: { total: 3, completed: 3, failed: 0 } });
        expect(await mesh.sandbox.served()).toHaveLength(3);
      } finally {
        await mesh.sandbox.resetKnobs(vendor);
      }
    },
  );
});

describe('lines that are alike', () => {
  const system =
    'You sort the mail of a small shop. Read it as the owner would, and decide by what the writer wants, not by the tone. ' +
    'Complaints come first, then orders. Never explain yourself. ' +
    'Answer with exactly one of: complaint, order, question, praise.';
  const mails = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      lineOf(index, {
        model: 'openai/gpt-4o-mini',
        messages: [
          { role: 'system', content: system },
          {
            role: 'user',
            content: `Mail ${index}: I have a ${index % 2 === 0 ? 'complaint about' : 'question on'} it`,
          },
        ],
      }),
    );
  const contentsOf = async (batch: OpenAI.Batches.Batch) =>
    (await linesOf(batch.output_file_id)).map(({ response }) => response.body.choices[0]?.message.content);
  const callsOf = async () => (await mesh.sandbox.served()).length;

  it('share calls where the policy lets them: cheaper, with the same answers, and to the last nano-dollar on the ledger', async () => {
    const spent = async () => toNanoUsd((await mesh.http.get<UsageAnswer>('/v1/usage')).json.cost_usd);
    const policy = { default: ['openai/gpt-4o-mini'], batches: { merge: { mode: 'asked' } } };
    expect(await mesh.http.post('/v1/policies', JSON.stringify(policy))).toMatchObject({ status: 200 });
    try {
      const start = await spent();
      const alone = await untilEnded((await batchOf(mails(60), { lane: 'realtime' })).id);
      const before = start + toNanoUsd(costOf(alone));
      await eventually(async () => expect(await spent()).toBe(before));
      await mesh.sandbox.reset();
      const merged = await untilEnded((await batchOf(mails(60), { lane: 'merge' })).id);
      expect(merged.request_counts).toEqual({ total: 60, completed: 60, failed: 0 });
      expect(await callsOf()).toBe(2);
      expect(await contentsOf(merged)).toEqual(await contentsOf(alone));
      expect(Number(toNanoUsd(costOf(merged))) / Number(toNanoUsd(costOf(alone)))).toBeLessThan(0.8);
      await eventually(async () => expect((await spent()) - before).toBe(toNanoUsd(costOf(merged))));
    } finally {
      await mesh.http.post('/v1/policies/rollback', {});
    }
  });

  it.each([
    ['missing', 1],
    ['twice', 1],
    ['cut', 12],
    ['prose', 20],
  ] as const)('are run alone where the model fails them: %s', async (items, most) => {
    const policy = { default: ['openai/gpt-4o-mini'], batches: { merge: { mode: 'asked' } } };
    await mesh.http.post('/v1/policies', JSON.stringify(policy));
    await mesh.sandbox.setKnobs('openai', { items });
    try {
      await mesh.sandbox.reset();
      const done = await untilEnded((await batchOf(mails(20), { lane: 'merge' })).id);
      expect(await contentsOf(done)).toEqual(mails(20).map((_, index) => (index % 2 === 0 ? 'complaint' : 'question')));
      const calls = await callsOf();
      expect(calls).toBeGreaterThan(1);
      expect(calls - 1).toBeLessThanOrEqual(most);
    } finally {
      await mesh.sandbox.resetKnobs('openai');
      await mesh.http.post('/v1/policies/rollback', {});
    }
  });

  it('are priced beforehand, in each lane, and nothing is sent', async () => {
    await mesh.sandbox.reset();
    const lines = [...mails(20), lineOf(20, { model: 'nobody/model' })].map((line) => JSON.parse(line) as object);
    const { status, json } = await mesh.http.post<{
      lanes: Record<string, { lines: number; cost_usd: string }>;
      unplanned: object[];
      not_taken: object[];
    }>('/v1/batches/plan', { lines });
    expect(status).toBe(200);
    expect(json.unplanned).toMatchObject([{ line: 21, custom_id: 'line-20', code: 'not_found' }]);
    expect(json.lanes).toMatchObject({ realtime: { lines: 20 }, vendor: { lines: 20 }, merge: { lines: 0 } });
    expect(json.not_taken).toHaveLength(20);
    const half = toNanoUsd(json.lanes['vendor']?.cost_usd) * 2n;
    expect(half - toNanoUsd(json.lanes['realtime']?.cost_usd)).toBeLessThan(20n);
    expect(await callsOf()).toBe(0);
  });
});

describe('the Anthropic client', () => {
  it('has messages answered in a batch, by vendors of every kind, in its own shape', async () => {
    const batch = await anthropic.messages.batches.create({
      requests: Array.from({ length: 8 }, (_, index) => ({
        custom_id: `m-${index}`,
        params: {
          model: models[index % models.length] ?? 'auto',
          max_tokens: 16,
          messages: [{ role: 'user' as const, content: `Say ${index}.` }],
        },
      })),
    });
    expect(batch).toMatchObject({ type: 'message_batch', processing_status: 'in_progress' });
    let ended = batch;
    while (ended.processing_status !== 'ended') ended = await anthropic.messages.batches.retrieve(batch.id);
    expect(ended.request_counts).toMatchObject({ succeeded: 8, errored: 0, processing: 0 });
    const results = [];
    for await (const result of await anthropic.messages.batches.results(batch.id)) results.push(result);
    expect(results.map(({ custom_id }) => custom_id)).toEqual(Array.from({ length: 8 }, (_, index) => `m-${index}`));
    for (const { result } of results) {
      expect(result).toMatchObject({ type: 'succeeded', message: { type: 'message', role: 'assistant' } });
    }
    await expect(openai.batches.retrieve(batch.id)).rejects.toMatchObject({ status: 404 });
  });
});
