import { createServer } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { connectBus, type NatsBus } from '@skein/bus';
import { SettingsError } from '@skein/config';
import { launchNats, type LaunchedNats } from '@skein/servers';
import { createLogger } from '@skein/telemetry';
import { eventually, freePort } from '@skein/testkit';
import { explainStartFailure, startRooms, type RunningRooms } from '../src/index.js';
import { Say, inside, smallRoom } from './small-room.js';

jest.setTimeout(60_000);

let nats: LaunchedNats;
let caller: NatsBus;
let rooms: RunningRooms | undefined;
let opsPort: number;

beforeAll(async () => {
  nats = await launchNats({ ephemeral: true });
  caller = await connectBus({
    url: nats.meshUrl,
    instance: 'caller',
    rooms: [],
    local: 'never',
    logger: createLogger('test', 'silent'),
  });
});
afterAll(async () => {
  await caller?.drain(100);
  await nats?.stop();
});
beforeEach(async () => {
  opsPort = await freePort();
  Object.assign(inside, { events: [], isReady: true, failsToStart: false });
});
afterEach(async () => {
  await rooms?.stop();
  rooms = undefined;
});

const environment = (rest: Record<string, string> = {}) => ({
  NATS_URL: nats.meshUrl,
  LOG_LEVEL: 'silent',
  SMALL_PREFIX: 'so: ',
  OPS_PORT: String(opsPort),
  SHUTDOWN_GRACE_MS: '5000',
  ...rest,
});
const start = async (rest: Record<string, string> = {}): Promise<RunningRooms> =>
  (rooms = await startRooms([{ room: smallRoom }], environment(rest)));
const say = (word: string) => caller.call(Say, { word }, { requestId: 'r', deadline: performance.now() + 10_000 });
const ops = async (path: string) => {
  const response = await fetch(`http://127.0.0.1:${opsPort}${path}`);
  return { status: response.status, text: await response.text() };
};

describe('a room that is started', () => {
  it('answers at once, with its own settings', async () => {
    await start({ SMALL_TIMES: '2' });
    expect(await say('yes')).toEqual({ said: 'so: yesso: yes' });
    await expect(say('unknown')).rejects.toMatchObject({ code: 'not_found', param: 'word' });
  });

  it('may have an environment of its own, over that of the process', async () => {
    rooms = await startRooms([{ room: smallRoom, environment: { SMALL_PREFIX: 'own: ' } }], environment());
    expect(await say('yes')).toEqual({ said: 'own: yes' });
  });

  it('is told to the fleet by name', async () => {
    const { bus } = await start();
    expect(bus.instance).toMatch(/^small-[0-9a-f]{10}$/);
    await eventually(() => expect(caller.fleet.rooms().has('small')).toBe(true));
  });
});

describe('the operator', () => {
  it('sees that it is alive, whether it is ready and why not, and its metrics', async () => {
    const { readiness } = await start();
    expect(await ops('/healthz')).toEqual({ status: 200, text: '{"status":"alive"}' });
    expect(await ops('/readyz')).toEqual({ status: 200, text: '{"status":"ready","missing":[]}' });
    inside.isReady = false;
    expect(await ops('/readyz?verbose')).toEqual({ status: 503, text: '{"status":"not_ready","missing":["small"]}' });
    expect(readiness.missing()).toEqual(['small']);
    expect((await ops('/metrics')).status).toBe(200);
    expect((await ops('/elsewhere')).status).toBe(404);
  });
});

describe('what cannot be started', () => {
  it('says every problem of the process and of all its rooms at once, without secrets, before anything is opened', async () => {
    const failing = startRooms([{ room: smallRoom }], {
      LOG_LEVEL: 'loud',
      SMALL_TIMES: 'often',
      SMALL_KEY: 'hunter2',
      OPS_PORT: String(opsPort),
    });
    const error = await failing.catch((thrown: unknown) => thrown);
    if (!(error instanceof SettingsError)) throw error;
    expect(error.problems.map((problem) => problem.split(':')[0])).toEqual([
      'NATS_URL',
      'LOG_LEVEL',
      'SMALL_PREFIX',
      'SMALL_TIMES',
      'SMALL_KEY',
    ]);
    expect(explainStartFailure(error)).not.toContain('hunter2');
    await expect(ops('/healthz')).rejects.toThrow();
  });

  it('leaves nothing open when a room throws', async () => {
    inside.failsToStart = true;
    await expect(start()).rejects.toThrow('the room cannot start');
    await expect(ops('/healthz')).rejects.toThrow();
    await expect(say('yes')).rejects.toMatchObject({ code: 'no_responders' });
    expect(inside.events).toContain('closed');
  });

  it('leaves nothing open when its port is taken', async () => {
    const other = createServer((_request, response) => response.end());
    await new Promise<void>((resolve) => other.listen(opsPort, '127.0.0.1', resolve));
    try {
      await expect(start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
      expect(inside.events).toEqual([]);
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });

  it('without NATS says so', async () => {
    await expect(start({ NATS_URL: `nats://127.0.0.1:${await freePort()}` })).rejects.toThrow(/ECONNREFUSED|refused/i);
  });
});

describe('stopping', () => {
  it('calls itself not ready, finishes what is under way, takes nothing new, and closes in order', async () => {
    const running = await start();
    const underWay = say('slow');
    await eventually(() => expect(inside.finish).toBeInstanceOf(Function));
    await say('quick');
    const stopped = running.stop();
    rooms = undefined;
    await eventually(async () => expect((await ops('/readyz')).text).toContain('stopping'));
    await eventually(() => expect(say('new')).rejects.toMatchObject({ code: 'no_responders' }));
    inside.finish();
    expect(await underWay).toEqual({ said: 'so: slow' });
    await stopped;
    const [drained, ...later] = inside.events.filter((event) => !event.startsWith('said new'));
    expect([drained, ...later]).toEqual([
      'started',
      'said quick',
      'drained within 5000',
      'said slow',
      'shut down',
      'closed',
    ]);
    await expect(ops('/healthz')).rejects.toThrow();
  });
});
