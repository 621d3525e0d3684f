// Batches on real servers: files in parts, lines as completions, results in files.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AppendFile,
  CancelBatch,
  CreateBatch,
  CreateFile,
  FILE_PART_BYTES,
  FinishFile,
  GetBatch,
  ReadFilePart,
  type BatchLane,
  type BatchStatus,
  type BatchView,
} from '@skein/contracts/jobs';
import { RequestBody } from '@skein/contracts/wire';
import { answering, answeringMany, attemptOf, failing } from './conductor.js';
import { chat, refusalOf, startJobsMesh, type JobsMesh } from './jobs-mesh.js';

const ENDPOINT = '/v1/chat/completions';
const lineOf = (customId: string, body: object = chat(customId)) =>
  JSON.stringify({ custom_id: customId, method: 'POST', url: ENDPOINT, body });
const linesOf = (count: number) => Array.from({ length: count }, (_, index) => lineOf(`line-${index}`));

let mesh: JobsMesh;
beforeAll(async () => {
  mesh = await startJobsMesh();
  await mesh.startRoom();
}, 60_000);
afterAll(() => mesh.stop(), 30_000);

const context = () => ({ requestId: 'spec', deadline: performance.now() + 30_000 });
const call = { tenant: 'acme' };

async function upload(text: string): Promise<string> {
  const { id } = await mesh.bus.call(CreateFile, { ...call, filename: 'in.jsonl' }, context());
  const bytes = new TextEncoder().encode(text);
  let parts = 0;
  for (let from = 0; from < bytes.length; from += FILE_PART_BYTES, parts += 1) {
    const body = new RequestBody(bytes.subarray(from, from + FILE_PART_BYTES));
    await mesh.bus.call(AppendFile, { ...call, id, seq: parts }, context(), { body });
  }
  await mesh.bus.call(FinishFile, { ...call, id, parts, purpose: 'batch', expires_after_s: null }, context());
  return id;
}

const create = (fileId: string, change: { window?: string; key?: string; lane?: BatchLane } = {}) =>
  mesh.bus.call(
    CreateBatch,
    {
      caller: { tenant: 'acme', project: null, key_id: 'k', user: null, cost_center: null },
      dialect: 'openai',
      input_file_id: fileId,
      endpoint: ENDPOINT,
      completion_window: change.window ?? '24h',
      metadata: {},
      lane: change.lane ?? 'realtime',
      idempotency_key: change.key ?? null,
    },
    context(),
  );
const get = (id: string) => mesh.bus.call(GetBatch, { ...call, id }, context());

async function until(id: string, ...statuses: BatchStatus[]): Promise<BatchView> {
  for (;;) {
    const batch = await get(id);
    if (statuses.includes(batch.status)) return batch;
  }
}

async function download(id: string | null): Promise<Record<string, unknown>[]> {
  if (id === null) return [];
  let text = '';
  for (let seq = 0; ; seq += 1) {
    const { data } = await mesh.bus.call(ReadFilePart, { ...call, id, seq }, context());
    if (data === null) break;
    text += Buffer.from(data, 'base64').toString();
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('a batch', () => {
  it('answers every line once, in the order of the file, and sums up the cost', async () => {
    mesh.conductor.conduct = answering(mesh.bus);
    mesh.conductor.orders.length = 0;
    const { id } = await create(await upload(linesOf(120).join('\n')));
    const done = await until(id, 'completed', 'failed');
    expect(done).toMatchObject({
      status: 'completed',
      counts: { total: 120, succeeded: 120, failed: 0 },
      cost_nano_usd: 120_000,
      error_file_id: null,
    });
    expect((await download(done.output_file_id)).map((line) => line['custom_id'])).toEqual(
      Array.from({ length: 120 }, (_, index) => `line-${index}`),
    );
    expect(mesh.conductor.orders).toHaveLength(120);
    expect(new Set(mesh.conductor.orders.map(({ request_id }) => request_id)).size).toBe(120);
  }, 60_000);

  it('has few of its lines under way at once where they are long, and answers all of them', async () => {
    const answer = answering(mesh.bus);
    let running = 0;
    let most = 0;
    mesh.conductor.conduct = async (order, context) => {
      most = Math.max(most, (running += 1));
      // Whoever would come at once has come by then.
      await new Promise((resolve) => setTimeout(resolve, 20));
      running -= 1;
      return answer(order, context);
    };
    const long = Array.from({ length: 10 }, (_, index) => lineOf(`line-${index}`, chat('x'.repeat(524_288) + index)));
    const { id } = await create(await upload(long.join('\n')));
    expect((await until(id, 'completed', 'failed')).counts).toMatchObject({ total: 10, succeeded: 10 });
    // Two MiB of them; sixteen short ones would be under way.
    expect(most).toBeLessThanOrEqual(4);
  }, 30_000);

  it('is refused as a whole when a line is wrong, and nothing of it is run', async () => {
    mesh.conductor.orders.length = 0;
    const { id } = await create(await upload([lineOf('a'), '{"custom_id": 1}', lineOf('a')].join('\n')));
    const failed = await until(id, 'failed', 'completed');
    expect(failed.errors.map(({ code, line }) => [code, line])).toEqual([
      ['missing_required_parameter', 2],
      ['duplicate_custom_id', 3],
    ]);
    expect(mesh.conductor.orders).toEqual([]);
  }, 30_000);

  it('writes what was refused into the error file and the rest into the output', async () => {
    const answer = answering(mesh.bus);
    const refuse = failing('invalid_request');
    mesh.conductor.conduct = (order, context) =>
      JSON.stringify(context.body.json).includes('line-3') ? refuse(order, context) : answer(order, context);
    const { id } = await create(await upload(linesOf(6).join('\n')));
    const done = await until(id, 'completed', 'failed');
    expect(done.counts).toMatchObject({ total: 6, succeeded: 5, failed: 1 });
    expect(await download(done.error_file_id)).toMatchObject([
      { custom_id: 'line-3', response: { status_code: 400 }, error: null },
    ]);
  }, 30_000);

  it('runs a line again that was interrupted, and counts no retry for it', async () => {
    const answer = answering(mesh.bus);
    const lose = failing('unavailable');
    const seen = new Set<string>();
    mesh.conductor.conduct = (order, context) => {
      const body = JSON.stringify(context.body.json);
      if (seen.has(body)) return answer(order, context);
      seen.add(body);
      return lose(order, context);
    };
    const { id } = await create(await upload(linesOf(5).join('\n')));
    expect((await until(id, 'completed', 'failed')).counts).toMatchObject({ succeeded: 5, failed: 0 });
  }, 30_000);

  it('stops when it is cancelled: what was answered is kept, the rest says so', async () => {
    const answer = answering(mesh.bus);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let begun = 0;
    mesh.conductor.conduct = async (order, context) => {
      begun += 1;
      if (begun > 4)
        await Promise.race([held, new Promise((resolve) => context.signal.addEventListener('abort', resolve))]);
      return answer(order, context);
    };
    const { id } = await create(await upload(linesOf(40).join('\n')));
    for (let counts = 0; counts < 4; counts = (await get(id)).counts.succeeded);
    await mesh.bus.call(CancelBatch, { ...call, id }, context());
    const done = await until(id, 'cancelled', 'completed');
    release();
    expect(done.status).toBe('cancelled');
    const [output, errors] = [await download(done.output_file_id), await download(done.error_file_id)];
    expect(output.length).toBeGreaterThanOrEqual(4);
    expect(output.length + errors.length).toBe(40);
    expect(errors[0]).toMatchObject({ response: null, error: { code: 'batch_cancelled' } });
  }, 30_000);

  it('expires with its window: lines that were not answered in time say so', async () => {
    mesh.conductor.conduct = (order, context) =>
      new Promise((resolve) =>
        context.signal.addEventListener('abort', () =>
          resolve({
            status: 'cancelled',
            error: null,
            cache: 'off',
            store_as: null,
            attempts: [attemptOf(order, { outcome: 'cancelled', cost_nano_usd: 0 })],
            explanation: null,
          }),
        ),
      );
    const { id } = await create(await upload(linesOf(3).join('\n')), { window: '1s' });
    const done = await until(id, 'expired', 'completed', 'failed');
    expect(done.status).toBe('expired');
    expect(await download(done.error_file_id)).toHaveLength(3);
  }, 30_000);

  it('is made once under an Idempotency-Key, and not for another wish', async () => {
    mesh.conductor.conduct = answering(mesh.bus);
    const file = await upload(lineOf('once'));
    const [first, second] = [await create(file, { key: 'k1' }), await create(file, { key: 'k1' })];
    expect(second.id).toBe(first.id);
    expect(await refusalOf(create(file, { key: 'k1', window: '2h' }))).toBe('idempotency_mismatch');
    expect(await refusalOf(create('file_nothing'))).toBe('not_found');
    expect(await refusalOf(create(file, { window: 'soon' }))).toBe('invalid_request');
    await until(first.id, 'completed');
  }, 30_000);

  it('goes on in another process when the one that ran it is gone, and answers no settled line again', async () => {
    const answer = answering(mesh.bus);
    mesh.conductor.conduct = answer;
    const { id } = await create(await upload(linesOf(400).join('\n')));
    for (let done = 0; done < 20; done = (await get(id)).counts.succeeded);
    const second = await mesh.startRoom();
    await mesh.stopAllBut(second);
    const done = await until(id, 'completed', 'failed');
    expect(done.counts).toMatchObject({ total: 400, succeeded: 400 });
    expect(new Set((await download(done.output_file_id)).map((line) => line['custom_id'])).size).toBe(400);
  }, 60_000);
});

describe('lines that share calls', () => {
  const merged = async (count: number, key = 'm') =>
    create(await upload(Array.from({ length: count }, (_, at) => lineOf(`${key}-${at}`)).join('\n')), {
      lane: 'merge',
    });
  const contentsOf = async (done: BatchView) =>
    (await download(done.output_file_id)).map((line) => {
      const { body } = line['response'] as { body: { choices: { message: { content: string } }[] } };
      return [line['custom_id'], body.choices[0]?.message.content];
    });
  const answersOf = (count: number, key = 'm') =>
    Array.from({ length: count }, (_, at) => [`${key}-${at}`, `${key}-${at}!`]);

  it('are answered by few of them, each with its own answer, and pay the calls to the last nano-dollar', async () => {
    mesh.conductor.conduct = answeringMany(mesh.bus);
    mesh.conductor.orders.length = 0;
    const done = await until((await merged(101)).id, 'completed', 'failed');
    expect(await contentsOf(done)).toEqual(answersOf(101));
    expect(mesh.conductor.orders).toHaveLength(3);
    expect(mesh.conductor.orders).toEqual(
      Array(3).fill(
        expect.objectContaining({
          model: 'deepseek/deepseek-v4-flash',
          judged_by_sink: true,
          spare_quota_only: true,
        }),
      ),
    );
    expect(done).toMatchObject({
      cost_nano_usd: 3_000,
      merged: { calls: 3, lines: 101, redone: 0, cost_nano_usd: 3_000 },
    });
    const [line] = await download(done.output_file_id);
    expect(line).toMatchObject({
      response: { skein: { attempts: [{ merged: { line: 1, call_cost_usd: '0.000001' } }] } },
    });
  }, 60_000);

  it('are run alone when they are missing in their call, and the rest is not', async () => {
    mesh.conductor.conduct = answeringMany(mesh.bus, (requests) => requests.slice(1));
    mesh.conductor.orders.length = 0;
    const done = await until((await merged(20)).id, 'completed', 'failed');
    expect(await contentsOf(done)).toEqual(answersOf(20));
    expect(mesh.conductor.orders.map(({ judged_by_sink }) => judged_by_sink === true)).toEqual([true, false]);
    expect(done).toMatchObject({ cost_nano_usd: 2_000, merged: { calls: 1, lines: 20, redone: 1 } });
  }, 60_000);

  it('are all run alone when the call fails, and too few of them are from the start', async () => {
    const answer = answeringMany(mesh.bus);
    const fail = failing('vendor_refused');
    mesh.conductor.conduct = (order, context) => (order.judged_by_sink === true ? fail : answer)(order, context);
    const done = await until((await merged(12)).id, 'completed', 'failed');
    expect(await contentsOf(done)).toEqual(answersOf(12));
    expect(done).toMatchObject({ cost_nano_usd: 12_010, merged: { redone: 12 } });
    mesh.conductor.orders.length = 0;
    const few = await until((await merged(9)).id, 'completed', 'failed');
    expect(few).toMatchObject({ counts: { succeeded: 9 }, merged: null });
    expect(mesh.conductor.orders).toHaveLength(9);
  }, 60_000);

  it('have one result each when the process that made the call is gone', async () => {
    const answer = answeringMany(mesh.bus);
    const first = Promise.withResolvers<void>();
    mesh.conductor.conduct = (order, context) => {
      first.resolve();
      return new Promise((resolve) => context.signal.addEventListener('abort', () => resolve(answer(order, context))));
    };
    const { id } = await merged(40);
    await first.promise;
    mesh.conductor.conduct = answer;
    const next = await mesh.startRoom();
    await mesh.stopAllBut(next);
    expect(await contentsOf(await until(id, 'completed', 'failed'))).toEqual(answersOf(40));
  }, 60_000);
});
