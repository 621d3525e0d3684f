// One trace from the customer's own context to the vendor call and the ledger write, whichever processes it crosses.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  OtlpReceiver,
  chat,
  eventually,
  startMesh,
  type ExportedSpan,
  type JobAnswer,
  type Mesh,
} from '@skein/testkit';
import { askPlain, askStream, finishedRecord, stopMesh } from './ask.js';
import { CHAT_SUBJECT, NatsCustomer } from './nats-customer.js';

jest.setTimeout(120_000);

let receiver: OtlpReceiver;
let mesh: Mesh;
interface CustomersContext {
  readonly traceId: string;
  readonly spanId: string;
}

/** A W3C context as a customer's own tracing would send it: sampled. */
function newContext(): CustomersContext {
  return { traceId: randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex') };
}

function traced({ traceId, spanId }: CustomersContext): Record<string, string> {
  return { traceparent: `00-${traceId}-${spanId}-01` };
}

/** Everything is asked at the start, since processes export their spans now and then: the waiting is done once. */
const [plain, streamed, overNats, asJob] = [newContext(), newContext(), newContext(), newContext()];
let plainId: string | undefined;
let untracedId: string | undefined;
beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  mesh = await startMesh({ mode: 'mesh', environment: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url } });
  const { headers } = await askPlain(
    mesh.http,
    chat('openai/gpt-4o-mini', 'Why is fire hot?', { temperature: 0 }),
    traced(plain),
  );
  plainId = headers['x-request-id'];
  await askStream(mesh.http, chat('openai/gpt-4o-mini', 'Why is ice cold?'), traced(streamed));
  const customer = await NatsCustomer.connect(mesh.natsUrl, mesh.key);
  await customer.ask(CHAT_SUBJECT, chat('openai/gpt-4o-mini', 'Why is water wet?'), traced(overNats));
  await customer.close();
  const submission = { endpoint: '/v1/chat/completions', body: chat('openai/gpt-4o-mini', 'Why is wind loud?') };
  await mesh.http.post<JobAnswer>('/v1/jobs', submission, traced(asJob));
  const untraced = await askPlain(mesh.http, chat('openai/gpt-4o-mini', 'Why is the sun bright?'));
  untracedId = untraced.headers['x-request-id'];
});
afterAll(async () => {
  await stopMesh(mesh);
  await receiver.stop();
});

/** The spans of a trace once all these processes have exported theirs. */
function spansFrom(traceId: string, services: readonly string[]): Promise<readonly ExportedSpan[]> {
  return eventually(
    () => {
      const spans = receiver.spansOf(traceId);
      expect([...new Set(spans.map(({ service }) => service))]).toEqual(expect.arrayContaining([...services]));
      return spans;
    },
    { withinMs: 20_000, everyMs: 100 },
  );
}

/** The rooms that each request walks through, and the one that posts what it cost. */
const walked = [
  'skein-gateway',
  'skein-orchestrator',
  'skein-classifier',
  'skein-router',
  'skein-provider-openai',
  'skein-billing',
];

/** Every span but the first has a parent in the trace: nothing was begun anew on the way. */
function expectOneTree(spans: readonly ExportedSpan[], customersSpan: string): void {
  const known = new Set([customersSpan, ...spans.map(({ spanId }) => spanId)]);
  const orphans = spans.filter(({ parentSpanId }) => parentSpanId === null || !known.has(parentSpanId));
  expect(orphans.map(({ service, name }) => `${service}: ${name}`)).toEqual([]);
}

describe('one trace', () => {
  it('holds a plain answer from the door to the ledger, and its id is in the record', async () => {
    const { traceId, spanId } = plain;
    expect((await finishedRecord(mesh.http, plainId)).trace_id).toBe(traceId);
    const spans = await spansFrom(traceId, [...walked, 'skein-cache']);
    expectOneTree(spans, spanId);
    const vendorCall = spans.find(
      ({ service, attributes }) => service === 'skein-provider-openai' && 'gen_ai.request.model' in attributes,
    );
    expect(vendorCall).toMatchObject({
      name: 'chat gpt-4o-mini',
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-4o-mini',
      },
    });
  });

  it('holds a stream as well', async () => {
    expectOneTree(await spansFrom(streamed.traceId, walked), streamed.spanId);
  });

  it('holds a request that came over NATS', async () => {
    expectOneTree(await spansFrom(overNats.traceId, walked), overNats.spanId);
  });

  it('holds a job through its queue', async () => {
    await spansFrom(asJob.traceId, [...walked, 'skein-jobs']);
  });

  it('has an id in the record also where the customer sent none', async () => {
    const { trace_id: traceId } = await finishedRecord(mesh.http, untracedId);
    await spansFrom(traceId ?? '', walked);
  });
});
