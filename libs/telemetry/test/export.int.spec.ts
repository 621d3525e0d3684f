import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import pg from 'pg';
import { launchPostgres, launchRedis } from '@skein/servers';
import {
  genAi,
  inSpan,
  linkedSpan,
  modelLabel,
  recordAttempt,
  startTelemetry,
  withSpan,
  type Telemetry,
} from '../src/index.js';
import { startReceiver, type Receiver } from './receiver.js';

const customers = (flags: string) => `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-${flags}`;
const TEST_MS = 60_000;

let receiver: Receiver;
let telemetry: Telemetry;

const start = (sampleRatio?: number) => {
  const headers = { 'x-receiver-key': 'k' };
  telemetry = startTelemetry({ service: 'gateway', instance: 'g1', endpoint: receiver.endpoint, sampleRatio, headers });
};
const named = (name: string) => receiver.spans.find((span) => span.name === name);

beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  await telemetry.shutdown();
  await receiver.close();
});

describe('with an OTLP endpoint', () => {
  it('sends spans as one trace, with kind, attributes and the error by code but not by message', async () => {
    start();
    const attributes = { [genAi.requestModel]: 'gpt-4o' };
    const failing = withSpan('POST /v1/chat/completions', { kind: 'server', parent: customers('01') }, () =>
      withSpan('chat gpt-4o', { kind: 'client', attributes }, () => {
        throw Object.assign(new Error('the prompt, repeated'), { code: 'vendor_failed' });
      }),
    );
    await expect(failing).rejects.toThrow();
    await telemetry.shutdown();

    const [server, client] = [named('POST /v1/chat/completions'), named('chat gpt-4o')];
    expect(server).toMatchObject({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      parentSpanId: 'b7ad6b7169203331',
      kind: 2,
    });
    expect(client).toMatchObject({ traceId: server?.traceId, parentSpanId: server?.spanId, kind: 3 });
    expect(client?.status).toEqual({ code: 2, message: 'vendor_failed' });
    expect(client?.attributes).toContainEqual({ key: 'gen_ai.request.model', value: { stringValue: 'gpt-4o' } });
    expect(receiver.exports.map(({ text }) => text).join()).not.toContain('the prompt');
    expect(receiver.exports[0]?.headers['x-receiver-key']).toBe('k');
  });

  it('sends no root trace at a ratio of 0, but what a caller has sampled', async () => {
    start(0);
    await withSpan('root', {}, () => undefined);
    await withSpan('unsampled', { parent: customers('00') }, () => undefined);
    await withSpan('sampled', { parent: customers('01') }, () => undefined);
    await telemetry.shutdown();
    expect(receiver.spans.map(({ name }) => name)).toEqual(['sampled']);
  });

  it('sends spans of what is done at once, beneath those it is done for', async () => {
    start();
    const told = await withSpan('request', {}, () => {
      expect(() =>
        inSpan('decide', {}, () => {
          throw Object.assign(new Error('nothing left'), { code: 'not_found' });
        }),
      ).toThrow('nothing left');
      return inSpan('classify', {}, () => 'qa');
    });
    await telemetry.shutdown();
    expect(told).toBe('qa');
    const [request, decide, classify] = [named('request'), named('decide'), named('classify')];
    expect([decide?.parentSpanId, classify?.parentSpanId]).toEqual([request?.spanId, request?.spanId]);
    expect(decide?.status).toEqual({ code: 2, message: 'not_found' });
  });

  it('links a batch to the requests it serves', async () => {
    start();
    await linkedSpan('post usage', { kind: 'consumer', links: [customers('01'), undefined] }, () => undefined);
    await telemetry.shutdown();
    expect(named('post usage')?.links).toEqual([
      expect.objectContaining({ traceId: '0af7651916cd43dd8448eb211c80319c' }),
    ]);
  });

  it('sends metrics too', async () => {
    start();
    const model = modelLabel('gpt-4o', true);
    const tokens = { input: 1, output: 2 };
    recordAttempt({
      operation: 'chat',
      provider: 'openai',
      model,
      durationSeconds: 1,
      firstChunkSeconds: null,
      tokens,
      error: null,
    });
    await telemetry.shutdown();
    const sent = receiver.exports.filter(({ path }) => path === '/v1/metrics').map(({ text }) => text);
    expect(sent.join()).toContain('gen_ai.client.operation.duration');
  });

  it(
    'sends a span for each query and Redis command of a request, and none outside, with neither values nor keys',
    async () => {
      const [postgres, redis] = await Promise.all([
        launchPostgres({ ephemeral: true }),
        launchRedis({ ephemeral: true }),
      ]);
      start();
      const pool = new pg.Pool({ connectionString: postgres.url });
      const client = new Redis(redis.url);
      await pool.query('SELECT 1');
      await withSpan('request', {}, async () => {
        await pool.query('SELECT $1::text', ['a secret']);
        await client.set('tenant-key', 'a secret');
      });
      await pool.end();
      client.disconnect();
      await telemetry.shutdown();
      await Promise.all([postgres.stop(), redis.stop()]);

      const parent = named('request');
      const children = receiver.spans
        .filter(({ parentSpanId }) => parentSpanId === parent?.spanId)
        .map(({ name }) => name);
      expect(children.some((name) => name.startsWith('pg.query'))).toBe(true);
      expect(children).toContain('set');
      expect(receiver.spans.every(({ traceId }) => traceId === parent?.traceId)).toBe(true);
      const text = JSON.stringify(receiver.spans);
      expect(text).not.toContain('a secret');
      expect(text).not.toContain('tenant-key');
    },
    TEST_MS,
  );
});

it(
  'ends within its bound when the receiver is dead',
  async () => {
    start();
    await receiver.close();
    await withSpan('lost', {}, () => undefined);
    await telemetry.shutdown();
    expect(receiver.spans).toEqual([]);
  },
  TEST_MS,
);
