// `main.ts` from outside: signals, exit codes, and what is printed.
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { launchNats, type LaunchedNats } from '@skein/servers';
import { NodeProcess, eventually, freePort, plainEnvironment } from '@skein/testkit';

jest.setTimeout(60_000);

const SERVICE = fileURLToPath(new URL('../dist/test/boot-small-room.js', import.meta.url));

let nats: LaunchedNats;
beforeAll(async () => {
  nats = await launchNats({ ephemeral: true });
});
afterAll(() => nats?.stop());

describe('a service', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('ends in order with 0 on %s', async (signal) => {
    const port = await freePort();
    const service = new NodeProcess(SERVICE, {
      environment: {
        ...plainEnvironment(),
        NATS_URL: nats.meshUrl,
        SMALL_PREFIX: 'so: ',
        LOG_LEVEL: 'error',
        OPS_PORT: String(port),
      },
    });
    await eventually(async () => expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200), {
      withinMs: 20_000,
    });
    service.kill(signal);
    expect(await service.exited).toEqual({ code: 0, signal: null });
    expect(service.output).toBe('');
  });

  it('that is not configured prints every problem, and nothing else, and ends with 1', async () => {
    const service = new NodeProcess(SERVICE, { environment: { ...plainEnvironment(), SMALL_TIMES: '-1' } });
    expect(await service.exited).toEqual({ code: 1, signal: null });
    const [title, ...problems] = service.output.trim().split('\n');
    expect(title).toBe('The configuration cannot be used:');
    expect(problems.map((problem) => problem.trim().split(':')[0])).toEqual([
      '- NATS_URL',
      '- SMALL_PREFIX',
      '- SMALL_TIMES',
    ]);
  });
});
