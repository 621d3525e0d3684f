import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { headers as makeHeaders, type Msg, type NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { launchNats, type LaunchedNats } from '@skein/servers';
import { startFakeMesh, type FakeMesh } from './fake-mesh.js';
import { runCommand, withLines } from './run-command.js';

/** A NATS server with the mesh's accounts, and behind its door the smallest gateway. */
let server: LaunchedNats;
let gateway: NatsConnection;
let mesh: FakeMesh;

beforeAll(async () => {
  [server, mesh] = await Promise.all([launchNats({ ephemeral: true }), startFakeMesh()]);
  const url = new URL(server.meshUrl);
  gateway = await connect({ servers: url.host, user: url.username, pass: decodeURIComponent(url.password) });
  gateway.subscribe('skein.api.chat.completions', { callback: (_error, message) => answer(message) });
  await gateway.flush();
}, 120_000);

afterAll(async () => {
  await gateway?.close();
  await Promise.all([server?.stop(), mesh?.close()]);
});

function answer(message: Msg): void {
  const { stream, messages } = message.json<{ stream: boolean; messages: { content: string }[] }>();
  const question = messages[0]?.content ?? '';
  const say = (body: unknown, fields: Record<string, string>): void => {
    const headers = makeHeaders();
    for (const [name, value] of Object.entries(fields)) headers.set(name, value);
    message.respond(JSON.stringify(body), { headers });
  };
  const who = { 'x-request-id': 'req_1', 'x-skein-vendor': 'openai', 'x-skein-model': 'm', 'x-skein-attempts': '1' };
  if (message.headers?.get('Authorization') !== 'Bearer sk-skein-dev' || question === 'fail') {
    const error = { message: 'No such key', type: 'x', param: null, code: 'invalid_api_key' };
    say({ error }, stream ? { 'skein-kind': 'error' } : { 'Nats-Service-Error-Code': '401' });
  } else if (stream) {
    const chunk = (content: string) => ({ choices: [{ index: 0, delta: { content } }] });
    say({ notice: 'head' }, { 'skein-kind': 'notice', ...who });
    say(chunk('Hel'), { 'skein-kind': 'chunk' });
    say(chunk('lo'), { 'skein-kind': 'chunk' });
    say('', { 'skein-kind': 'end' });
  } else {
    const usage = { prompt_tokens: 2, completion_tokens: 3 };
    say({ choices: [{ message: { content: 'Hello' } }], usage }, { ...who, 'x-skein-cost-usd': '0.000000001' });
  }
}

const replay = (rows: readonly unknown[], ...options: string[]) =>
  withLines(rows, (file) =>
    runCommand([
      'replay',
      file,
      '--json',
      '--via',
      'nats',
      '--nats',
      server.customerUrl,
      '--url',
      mesh.url,
      ...options,
    ]),
  );

describe('skein replay --via nats', () => {
  it('asks with plain JSON and reads the headers of the reply', async () => {
    const { exitCode, out } = await replay([
      { text: 'a', task: 'qa' },
      { text: 'b', task: 'qa' },
    ]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      requests: 2,
      tokens: { input: 4, output: 6 },
      cost_usd: '0.000000002',
      by_model: { 'openai/m': { requests: 2 } },
    });
  });

  it('reads a stream until its end', async () => {
    const { exitCode, out } = await replay([{ text: 'a', task: 'qa' }], '--stream');
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ requests: 1, failed: 0, tokens: { input: 5, output: 7 } });
  });

  it.each([['whole'], ['stream']])('takes an error’s own words (%s)', async (kind) => {
    const { exitCode, out } = await replay([{ text: 'fail', task: 'qa' }], ...(kind === 'stream' ? ['--stream'] : []));
    expect(exitCode).toBe(1);
    const reason = kind === 'stream' ? 'invalid_api_key: No such key' : 'invalid_api_key: No such key (401)';
    expect(JSON.parse(out)).toMatchObject({ failures: { [reason]: 1 } });
  });

  // The server tells this only within an account: a customer's account imports the door, and the import always listens.
  it.each([['whole'], ['stream']])(
    'says when no gateway listens (%s)',
    async (kind) => {
      const empty = await launchNats({ ephemeral: true });
      try {
        const args = ['--nats', empty.meshUrl, ...(kind === 'stream' ? ['--stream'] : [])];
        const { out } = await replay([{ text: 'a', task: 'qa' }], ...args);
        expect(JSON.parse(out)).toMatchObject({
          failures: { 'no_responders: No gateway listens on this NATS server (503)': 1 },
        });
      } finally {
        await empty.stop();
      }
    },
    30_000,
  );
});
