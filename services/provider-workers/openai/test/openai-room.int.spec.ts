// The room as it runs: over real NATS, from the process of a conductor, against a vendor that speaks HTTP.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startRooms, type RunningRooms } from '@skein/boot';
import { connectBus, type NatsBus } from '@skein/bus';
import type { SkeinError } from '@skein/contracts/errors';
import { runAttemptAt, type AttemptOrder, type AttemptOutcome } from '@skein/contracts/provider';
import { RequestBody, type Frame } from '@skein/contracts/wire';
import { launchNats, type LaunchedNats } from '@skein/servers';
import { createLogger } from '@skein/telemetry';
import { openaiRoom } from '../src/index.js';

const RunAttempt = runAttemptAt('openai');
const chunk = (delta: object, finish: string | null) =>
  `data: ${JSON.stringify({ id: 'c', model: 'gpt-4o-mini', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const answer = chunk({ content: 'Paris' }, null) + chunk({}, 'stop') + 'data: [DONE]\n\n';

let nats: LaunchedNats;
let bus: NatsBus;
let vendor: Server;
let room: RunningRooms | undefined;
let onCall: (response: ServerResponse) => void;
const frames: Frame[] = [];

beforeAll(async () => {
  nats = await launchNats({ ephemeral: true });
  bus = await connectBus({
    url: nats.meshUrl,
    instance: 'conductor',
    rooms: [],
    local: 'never',
    logger: createLogger('spec', 'silent'),
  });
  bus.takeFrames((_request, _attempt, frame) => frames.push(frame));
  vendor = createServer((request, response) => {
    request.resume().on('end', () => onCall(response.setHeader('content-type', 'text/event-stream')));
  });
  vendor.listen(0, '127.0.0.1');
  await once(vendor, 'listening');
}, 120_000);

beforeEach(() => {
  frames.length = 0;
  onCall = (response) => response.end(answer);
});

afterEach(async () => {
  await room?.stop();
  room = undefined;
  vendor.closeAllConnections();
});

afterAll(async () => {
  vendor?.close();
  await bus?.drain(100);
  await nats?.stop();
});

const environment = (more: Record<string, string> = {}) => ({
  NATS_URL: nats.meshUrl,
  LOG_LEVEL: 'silent',
  SHUTDOWN_GRACE_MS: '100',
  OPENAI_API_KEY: 'sk-test',
  OPENAI_BASE_URL: `http://127.0.0.1:${(vendor.address() as AddressInfo).port}/v1`,
  ...more,
});

async function startWorker(more: Record<string, string> = {}): Promise<void> {
  room = await startRooms([{ room: openaiRoom() }], environment(more));
  while (bus.fleet.workersOf('openai').length === 0) await new Promise((resolve) => setImmediate(resolve));
}

const order = (attemptId: string): AttemptOrder => ({
  request_id: 'req-1',
  sink: 'conductor',
  operation: 'chat',
  stream: true,
  head: {
    attempt_id: attemptId,
    attempt_no: 1,
    vendor: 'openai',
    model: 'gpt-4o-mini',
    reason: 'asked for by name',
    cache: 'off',
    notices: [],
  },
  kind: 'live',
  caller: { tenant: 'acme', project: null, key_id: 'k', user: null, cost_center: null },
  task: null,
  limits: { first_byte_ms: null, idle_ms: null, call_ms: 20_000 },
  continuation: null,
});

const ask = (attemptId: string, signal?: AbortSignal): Promise<AttemptOutcome> =>
  bus.call(
    RunAttempt,
    order(attemptId),
    { requestId: 'req-1', deadline: performance.now() + 20_000, ...(signal && { signal }) },
    { body: RequestBody.of({ model: 'auto', stream: true, messages: [{ role: 'user', content: 'hi' }] }) },
  );

const codeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'none',
    (error: SkeinError) => error.code,
  );

describe('the room of a vendor', () => {
  it('announces itself, and serves attempts with frames to the sink', async () => {
    await startWorker({ OPENAI_CONCURRENCY: '7' });
    expect(bus.fleet.workersOf('openai')).toMatchObject([{ vendor: 'openai', mode: 'live', concurrency: 7 }]);
    const outcome = await ask('att-1');
    expect(outcome).toMatchObject({ outcome: 'finished', finish_reason: 'stop' });
    await seen('end');
    expect(frames.map(({ kind }) => kind)).toEqual(['notice', 'chunk', 'chunk', 'usage', 'end']);
  });

  it('says at once that it is busy, and serves again when it no longer is', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      onCall = (response) => {
        release = () => response.end(answer);
        resolve();
      };
    });
    await startWorker({ OPENAI_CONCURRENCY: '1' });
    const first = ask('att-1');
    await held;
    expect(await codeOf(ask('att-2'))).toBe('worker_busy');
    release();
    expect((await first).outcome).toBe('finished');
    onCall = (response) => response.end(answer);
    expect((await ask('att-3')).outcome).toBe('finished');
  });

  it('closes the vendor’s socket when the conductor cancels', async () => {
    const left = new Promise<void>((resolve) => {
      onCall = (response) => {
        response.on('close', resolve);
        response.write(chunk({ content: 'Par' }, null));
      };
    });
    await startWorker();
    const cancel = new AbortController();
    const asked = codeOf(ask('att-1', cancel.signal));
    await seen('chunk');
    cancel.abort({ reason: 'the customer left', mode: 'cut' });
    await left;
    await asked;
  });

  it('does not start without a key, and says which variable it wants', async () => {
    const start = startRooms([{ room: openaiRoom() }], environment({ OPENAI_API_KEY: '' }));
    await expect(start).rejects.toThrow(/OPENAI_API_KEY/);
  });
});

async function seen(kind: Frame['kind']): Promise<void> {
  while (!frames.some((frame) => frame.kind === kind)) await new Promise((resolve) => setImmediate(resolve));
}
