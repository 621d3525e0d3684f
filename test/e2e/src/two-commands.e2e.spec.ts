// The two commands as a person uses them: start, Ctrl-C, crash, a port that is taken, a key of one's own.
import { writeFileSync, existsSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  HttpClient,
  NodeProcess,
  chat,
  checkoutRoot,
  eventually,
  freePort,
  launchMesh,
  makeStateDir,
  misbehave,
  noneLeft,
  plainEnvironment,
  startMesh,
  type Mesh,
  type MeshOptions,
  type ModelsAnswer,
  type ProcessEntry,
} from '@skein/testkit';
import { CHAT, askPlain, readEvents, usageOf, usageWith } from './ask.js';

jest.setTimeout(180_000);

/** What a test has started and not ended itself, ended whatever happened. */
const leftovers: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of leftovers.splice(0).reverse()) await end();
});

async function start(options: MeshOptions): Promise<Mesh> {
  const mesh = await startMesh(options);
  leftovers.push(async () => {
    if (!mesh.process.hasExited) await mesh.stop();
    else await mesh.discard();
  });
  return mesh;
}

const modes: ['standalone' | 'mesh'][] = [['standalone'], ['mesh']];

describe('Ctrl-C', () => {
  it.each(modes)('lets a stream end, ends what it has started, and exits well (%s)', async (mode) => {
    const mesh = await start({ mode, ownGroup: true });
    const question = chat('openai/gpt-4o-mini', `${misbehave({ rate: 20, tokens: 40 })} Tell me a story.`);
    const stream = await mesh.http.stream(CHAT, { ...question, stream: true });
    const first = [await stream.next(), await stream.next()].flatMap((event) => event ?? []);
    const family = await mesh.process.descendants();
    expect(family.length).toBeGreaterThanOrEqual(3);

    mesh.process.killGroup('SIGINT');
    const answer = readEvents([...first, ...(await stream.rest())]);
    expect(answer.endsWithDone).toBe(true);
    expect(await mesh.process.exited).toEqual({ code: 0, signal: null });
    await noneLeft(family);
    expect(existsSync(join(mesh.stateDir, 'mesh.json'))).toBe(false);
  });
});

describe('a start after kill -9', () => {
  it.each(modes)('keeps all data, and ends what was left behind (%s)', async (mode) => {
    const stateDir = makeStateDir();
    leftovers.push(() => rmSync(stateDir, { recursive: true, force: true, maxRetries: 5 }));
    const first = await start({ mode, stateDir });
    const { headers } = await askPlain(first.http, chat('openai/gpt-4o-mini', 'hi'));
    const before = await usageWith(first.http, 1);
    const family = await first.process.descendants();
    first.process.kill('SIGKILL');
    await first.process.exited;

    const second = await start({ mode, stateDir });
    expect(await usageOf(second.http)).toEqual(before);
    expect((await second.http.get(`/v1/requests/${headers['x-request-id']}`)).status).toBe(200);
    expect((await askPlain(second.http, chat('openai/gpt-4o-mini', 'hi again'))).status).toBe(200);
    await usageWith(second.http, 2);
    // Rooms follow their parent; servers of the first start are the second's now, or gone.
    const secondFamily = new Set((await second.process.descendants()).map(({ pid }) => pid));
    await second.stop();
    await noneLeft(family.filter((entry: ProcessEntry) => !secondFamily.has(entry.pid)));
    await noneLeft(family);
  });
});

describe('a start that cannot be', () => {
  it('says which port is taken and what to do, and leaves nothing behind', async () => {
    const other = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    leftovers.push(() => other.close());
    const launched = await launchMesh({ port });
    const family = await familyWhileRunning(launched.process);
    expect(await launched.process.exited).toEqual({ code: 1, signal: null });
    expect(launched.process.output).toContain(`Port ${port} on 127.0.0.1 is taken`);
    expect(launched.process.output).toContain('GATEWAY_PORT');
    await noneLeft(family);
    launched.removeState();
  });

  it('says what is wrong with the configuration, without starting anything', async () => {
    const launched = await launchMesh({ environment: { SANDBOX: 'perhaps' } });
    expect(await launched.process.exited).toEqual({ code: 1, signal: null });
    expect(launched.process.output).toContain('SANDBOX');
    launched.removeState();
  });

  it('leaves the mesh alone that has the state already', async () => {
    const mesh = await start({});
    const launched = await launchMesh({ stateDir: mesh.stateDir });
    expect(await launched.process.exited).toEqual({ code: 1, signal: null });
    expect(launched.process.output).toMatch(/in use|already/i);
    expect((await askPlain(mesh.http, chat('openai/gpt-4o-mini', 'still there?'))).status).toBe(200);
  });
});

/** Everything the process has started at some moment until it ends. */
async function familyWhileRunning(process: NodeProcess): Promise<ProcessEntry[]> {
  const seen = new Map<number, ProcessEntry>();
  let ended = false;
  void process.exited.then(() => (ended = true));
  while (!ended) for (const entry of await process.descendants()) seen.set(entry.pid, entry);
  return [...seen.values()];
}

describe('with a key for one vendor', () => {
  it('only that vendor takes part, and another asked for by name says which variable to set', async () => {
    const stateDir = makeStateDir();
    const keyFile = join(stateDir, 'openai-key');
    writeFileSync(keyFile, 'sk-of-my-own\n', { mode: 0o600 });
    const vendor = await startVendor();
    leftovers.push(() => rmSync(stateDir, { recursive: true, force: true, maxRetries: 5 }));
    const mesh = await start({
      stateDir,
      environment: { OPENAI_API_KEY_FILE: keyFile, OPENAI_BASE_URL: `${vendor.url}/openai/v1` },
    });

    expect(mesh.sandboxUrl).toBeNull();
    expect(mesh.process.output).toMatch(/live +openai\n/);
    const { json: models } = await mesh.http.get<ModelsAnswer>('/v1/models');
    expect([...new Set(models.data.map(({ owned_by }) => owned_by))].sort()).toEqual(['openai', 'skein']);
    for (const model of ['openai/gpt-4o-mini', 'auto']) {
      const { status, headers } = await askPlain(mesh.http, chat(model, 'hi'));
      expect({ status, vendor: headers['x-skein-vendor'] }).toEqual({ status: 200, vendor: 'openai' });
    }
    const refused = await mesh.http.post(CHAT, chat('anthropic/claude-haiku-4-5', 'hi'));
    expect(refused).toMatchObject({ status: 422, json: { error: { code: 'no_admissible_model' } } });
    expect(refused.text).toContain('ANTHROPIC_API_KEY');
    // A vendor that is not ours is told nothing of ours.
    const served = (await vendor.http.get<{ served: { correlation: object }[] }>('/__sandbox/served')).json.served;
    expect(served.map(({ correlation }) => correlation)).toEqual([{}, {}]);
    expect(mesh.process.output).not.toContain('sk-of-my-own');
  });

  it('a wrong key of the operator’s is no fault of the customer’s', async () => {
    const vendor = await startVendor();
    const mesh = await start({
      environment: { OPENAI_API_KEY: 'bad-key', OPENAI_BASE_URL: `${vendor.url}/openai/v1` },
    });
    const { status, text } = await mesh.http.post(CHAT, chat('openai/gpt-4o-mini', 'hi'));
    expect(status).toBe(502);
    expect(text).not.toContain('bad-key');
  });
});

/** A vendor on the other side of the network, whatever the mesh thinks it is. */
async function startVendor(): Promise<{ url: string; http: HttpClient }> {
  const process = new NodeProcess(join(checkoutRoot, 'services/sandbox/dist/src/main.js'), {
    environment: plainEnvironment(),
  });
  const url = await eventually(() => (JSON.parse(process.stdout) as { url: string }).url);
  const http = new HttpClient(url);
  leftovers.push(async () => {
    await http.close();
    await process.stop();
  });
  return { url, http };
}

describe('a door that is open to other machines', () => {
  it('does not know the development key', async () => {
    const hash = createHash('sha256').update('sk-acme').digest('hex');
    const config = `tenants: { acme: { keys: [{ id: a, key: "sha256:${hash}" }] } }`;
    const mesh = await start({ config, environment: { GATEWAY_HOST: '0.0.0.0' } });
    const door = new HttpClient(`http://127.0.0.1:${mesh.port}`);
    const as = (key: string) => door.post(CHAT, chat('openai/gpt-4o-mini', 'hi'), { authorization: `Bearer ${key}` });
    expect((await as('sk-skein-dev')).status).toBe(401);
    expect((await as('sk-acme')).status).toBe(200);
    await door.close();
  });
});
