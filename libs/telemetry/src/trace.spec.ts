import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { trace } from '@opentelemetry/api';
import { startTelemetry, type Telemetry } from './start.js';
import { continueTrace, currentTraceparent, linkedSpan, traceIdOf, traceparentOf, withSpan } from './trace.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const customers = `00-${traceId}-b7ad6b7169203331-01`;

describe('before telemetry has started', () => {
  it('work runs, without a trace', async () => {
    await withSpan('early', {}, (span) => expect(traceparentOf(span)).toBeUndefined());
    expect(currentTraceparent()).toBeUndefined();
  });
});

describe('with nothing exported', () => {
  let telemetry: Telemetry;
  beforeAll(() => {
    telemetry = startTelemetry({ service: 'test', instance: 'a' });
  });
  afterAll(async () => telemetry.shutdown());

  it('is started once a process', () => {
    expect(startTelemetry({ service: 'other', instance: 'b' })).toBe(telemetry);
  });

  it('every request has a trace id, the same in all that it calls', async () => {
    const ids = await withSpan('outer', { kind: 'server' }, async () => {
      const outer = traceIdOf(currentTraceparent());
      await Promise.resolve();
      const inner = await withSpan('inner', {}, () => traceIdOf(currentTraceparent()));
      return [outer, inner];
    });
    expect(ids[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(ids[1]).toBe(ids[0]);
  });

  it('requests that run side by side keep their own', async () => {
    const ids = await Promise.all(
      Array.from({ length: 20 }, () =>
        withSpan('request', {}, async () => {
          const before = traceIdOf(currentTraceparent());
          await new Promise((resolve) => setImmediate(resolve));
          expect(traceIdOf(currentTraceparent())).toBe(before);
          return before;
        }),
      ),
    );
    expect(new Set(ids).size).toBe(20);
  });

  it("continues a customer's trace, over whatever is active", async () => {
    await withSpan('other', {}, () =>
      withSpan('request', { kind: 'server', parent: customers }, () => {
        expect(traceIdOf(currentTraceparent())).toBe(traceId);
        expect(currentTraceparent()).not.toBe(customers);
      }),
    );
    expect(continueTrace(customers, () => currentTraceparent())).toBe(customers);
  });

  it('begins a trace of its own when the header is malformed', async () => {
    for (const parent of [
      '',
      'nonsense',
      `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
      `ff-${traceId}-b7ad6b7169203331-01`,
    ]) {
      expect(traceIdOf(parent)).toBeNull();
      await withSpan('request', { parent }, () => expect(traceIdOf(currentTraceparent())).toMatch(/^[0-9a-f]{32}$/));
    }
    expect(traceIdOf(undefined)).toBeNull();
  });

  it('records nothing', async () => {
    await withSpan('request', { parent: customers }, (span) => expect(span.isRecording()).toBe(false));
  });

  it('throws on what the work throws', async () => {
    const error = new Error('as it was');
    await expect(withSpan('request', {}, () => Promise.reject(error))).rejects.toBe(error);
    expect(trace.getActiveSpan()).toBeUndefined();
  });

  it('work for many requests has a trace of its own', async () => {
    await withSpan('request', {}, async () => {
      const outer = traceIdOf(currentTraceparent());
      const own = await linkedSpan('batch', { links: [customers, undefined] }, () => traceIdOf(currentTraceparent()));
      expect(own).not.toBe(outer);
      expect(own).not.toBe(traceId);
    });
  });
});
