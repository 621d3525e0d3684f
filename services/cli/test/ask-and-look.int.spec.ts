import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { COST_USD, startFakeMesh, type FakeMesh } from './fake-mesh.js';
import { runCommand, withDirectory, withLines } from './run-command.js';

let mesh: FakeMesh;
beforeAll(async () => void (mesh = await startFakeMesh()));
afterAll(() => mesh.close());

const run = (...args: string[]) => runCommand([...args, '--url', mesh.url]);
/** A table without its rules. */
const cells = (table: string): string => table.replaceAll('│', ' ');

describe('skein ask', () => {
  it('prints the answer on stdout and who gave it on stderr', async () => {
    const { exitCode, out, err } = await run('ask', 'Hi');
    expect({ exitCode, out }).toEqual({ exitCode: 0, out: 'You said: Hi\n' });
    expect(err).toMatch(new RegExp(`^openai/gpt-5-mini · \\$${COST_USD} · \\d+ ms · req_\\d+\\n$`));
  });

  it('prints a stream as it comes and takes its cost from the record, even when that is late', async () => {
    const { exitCode, out, err } = await run('ask', 'Hi', '--stream');
    expect({ exitCode, out }).toEqual({ exitCode: 0, out: 'Hello\n' });
    expect(err).toContain(`$${COST_USD}`);
  });

  it('sends what was asked for and nothing else', async () => {
    await run('ask', 'Hi', '--task', 'code', '--max-cost', '0.01', '--temperature', '0', '--fallback', 'a/x', 'b/y');
    expect(mesh.received.at(-1)?.body).toEqual({
      model: 'auto',
      messages: [{ role: 'user', content: 'Hi' }],
      temperature: 0,
      metadata: { task: 'code', max_cost_usd: '0.01', fallbacks: ['a/x', 'b/y'] },
    });
  });

  it('reads the question from standard input', async () => {
    expect((await runCommand(['ask', '-', '--url', mesh.url], { stdin: 'Piped' })).out).toBe('You said: Piped\n');
  });

  it.each([
    [['ask', 'fail'], 'skein: rate_limit_exceeded: Too many requests (429)\n'],
    [['ask', 'error', '--stream'], 'skein: vendor_stream_cut: The vendor went away\n'],
  ])('prints the mesh’s own words for %j, without a stack', async (args, message) => {
    expect(await run(...args)).toMatchObject({ exitCode: 1, err: message });
  });

  it('calls a stream that was cut a failure', async () => {
    const { exitCode, err } = await run('ask', 'cut', '--stream');
    expect(exitCode).toBe(1);
    expect(err).toMatch(/^skein: stream_cut: [^\n]+\n$/);
  });

  it('says how to start a mesh when none is there', async () => {
    const { exitCode, err } = await runCommand(['ask', 'Hi', '--url', 'http://127.0.0.1:1']);
    expect(exitCode).toBe(1);
    expect(err).toContain('npm start');
  });
});

describe('the key', () => {
  const sentKey = () => mesh.received.at(-1)?.headers.authorization;

  it('is the local one on loopback, the environment’s before it, and the option’s before both', async () => {
    await run('ask', 'Hi');
    expect(sentKey()).toBe('Bearer sk-skein-dev');
    await runCommand(['ask', 'Hi', '--url', mesh.url], { environment: { SKEIN_API_KEY: 'sk-env' } });
    expect(sentKey()).toBe('Bearer sk-env');
    await runCommand(['ask', 'Hi', '--url', mesh.url, '--key', 'sk-x'], { environment: { SKEIN_API_KEY: 'sk-env' } });
    expect(sentKey()).toBe('Bearer sk-x');
  });

  it('of the local profile never leaves this machine', async () => {
    const { exitCode, err } = await runCommand(['ask', 'Hi', '--url', 'http://mesh.invalid:4000']);
    expect({ exitCode, err }).toEqual({
      exitCode: 1,
      err: 'skein: mesh.invalid needs a key: give --key or set SKEIN_API_KEY\n',
    });
  });
});

describe('the address', () => {
  it('is the one a local mesh left behind', async () => {
    await withDirectory(async (root) => {
      await mkdir(join(root, '.skein'));
      await writeFile(join(root, '.skein', 'mesh.json'), JSON.stringify({ http: mesh.url }));
      expect((await runCommand(['ask', 'Hi'], { root })).out).toBe('You said: Hi\n');
    });
  });
});

describe('skein explain', () => {
  it('shows every candidate and what was left out of one request', async () => {
    const { exitCode, out } = await withLines([{ text: 'Sort this' }], (file) => run('explain', file));
    expect(exitCode).toBe(0);
    for (const part of [
      'task code (0.80)',
      'openai/gpt-5-mini',
      'best of the code list',
      'groq/llama (vendors.deny)',
    ]) {
      expect(out).toContain(part);
    }
  });

  it('gives each of many a line, and exits with 1 when one cannot be planned', async () => {
    const rows = [{ text: 'Sort this', task: 'code' }, { text: 'fail' }];
    const { exitCode, out } = await withLines(rows, (file) => run('explain', file));
    expect(exitCode).toBe(1);
    expect(out).toContain('Nothing is admissible');
    expect(mesh.received.at(-1)).toMatchObject({ path: '/v1/explain', body: [{ model: 'auto' }, { model: 'auto' }] });
  });

  it('sends no more at once than the mesh takes, and keeps the order', async () => {
    const rows = Array.from({ length: 1_001 }, (_, index) => ({ text: index === 1_000 ? 'fail' : 'ok' }));
    const before = mesh.received.length;
    const { out } = await withLines(rows, (file) => run('explain', file, '--json'));
    expect(mesh.received.slice(before).map(({ body }) => (body as unknown[]).length)).toEqual([1_000, 1]);
    const plans = JSON.parse(out) as { error?: unknown }[];
    expect(plans.findIndex(({ error }) => error !== undefined)).toBe(1_000);
  });
});

describe('skein jobs', () => {
  it('submits a job for each prompt, with its options', async () => {
    const { out } = await withLines([{ text: 'One' }, { text: 'Two' }], (file) =>
      run('jobs', 'submit', file, '--priority', 'low', '--deadline', '15m'),
    );
    expect(out).toMatch(/^job_\d+\njob_\d+\n$/);
    expect(mesh.received.at(-1)?.body).toEqual({
      endpoint: '/v1/chat/completions',
      body: { model: 'auto', messages: [{ role: 'user', content: 'Two' }] },
      priority: 'low',
      deadline: '15m',
    });
  });

  it('sends the idempotency key of one job and refuses one for many', async () => {
    await withLines([{ text: 'One' }], (file) => run('jobs', 'submit', file, '--idempotency-key', 'k1'));
    expect(mesh.received.at(-1)?.headers['idempotency-key']).toBe('k1');
    const many = await withLines(['a', 'b'], (file) => run('jobs', 'submit', file, '--idempotency-key', 'k1'));
    expect(many.exitCode).toBe(1);
  });

  it('waits until a job has ended', async () => {
    expect(await run('jobs', 'wait', 'job_77')).toMatchObject({ exitCode: 0, out: 'job_77 succeeded\n' });
  });

  it('shows one, lists them and cancels one', async () => {
    expect(JSON.parse((await run('jobs', 'get', 'job_78')).out)).toMatchObject({ id: 'job_78', status: 'running' });
    expect((await run('jobs', 'list', '--status', 'queued')).out).toContain('job_1');
    expect(mesh.received.at(-1)?.path).toBe('/v1/jobs?limit=20&status=queued');
    expect((await run('jobs', 'cancel', 'job_78')).out).toBe('job_78 cancelled\n');
  });
});

describe('skein usage', () => {
  it('asks from a moment on and shows the ledger’s figures', async () => {
    const { exitCode, out } = await run('usage', '--since', '2026-01-01');
    expect(exitCode).toBe(0);
    expect(mesh.received.at(-1)?.path).toBe('/v1/usage?since=2026-01-01T00%3A00%3A00.000Z');
    expect(out).toMatch(/cost USD\s*│\s*1\.5/);
  });
});

describe('the command line', () => {
  it('lists just the commands there are', async () => {
    const { exitCode, out } = await runCommand(['--help']);
    expect(exitCode).toBe(0);
    const commands = [...out.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
    expect(commands).toEqual(
      expect.arrayContaining(['start', 'serve', 'worker', 'ask', 'explain', 'replay', 'jobs', 'policy', 'usage']),
    );
  });

  it('says what is wrong with it', async () => {
    const { exitCode, err } = await run('replay', 'x.jsonl', '--concurrency', 'many');
    expect(exitCode).toBe(1);
    expect(err).toContain('whole number');
  });
});

describe('skein drill rotate', () => {
  it('takes each vendor out, asks every model, puts it back, and says who could not be missed', async () => {
    const before = mesh.received.length;
    const drill = ['drill', 'rotate', '--how', 'override', '--requests', '2', '--concurrency', '1'];
    const { exitCode, out } = await run(...drill, '--model', 'auto,groq/llama');
    expect(exitCode).toBe(0);
    const done = mesh.received.slice(before).map(({ method, path, body }) => {
      const { model, out_ms } = (body ?? {}) as { model?: string; out_ms?: number };
      return `${method} ${path} ${model ?? out_ms ?? ''}`.trim();
    });
    const ask = (model: string) => Array<string>(2).fill(`POST /v1/chat/completions ${model}`);
    const both = [...ask('auto'), ...ask('groq/llama')];
    expect(done).toEqual([
      'GET /v1/vendors',
      ...[...ask('auto'), ...ask('auto'), ...ask('groq/llama'), ...ask('groq/llama')],
      ...['groq', 'openai'].flatMap((vendor) => [
        'GET /v1/vendors',
        `PUT /v1/vendors/${vendor} 600000`,
        ...both,
        `PUT /v1/vendors/${vendor} 0`,
      ]),
    ]);
    expect(out).toMatch(/│ groq +│ groq\/llama +│ 2 +│ 0 +│ 0 +│.*│ openai 2 +│ openai +│/);
    expect(out).toContain('nobody was sent to groq for what was asked: not missed');
  });
});

describe('skein jobs plan', () => {
  const plan = (rows: readonly unknown[], ...options: string[]) =>
    withLines(rows, (file) => runCommand(['jobs', 'plan', file, '--url', mesh.url, ...options]));

  it('adds up what the mesh says of each thousand lines, to the last nano-dollar', async () => {
    const rows = Array.from({ length: 1_001 }, (_, at) => ({ text: `prompt ${at}` }));
    const { exitCode, out } = await plan(rows, '--window', '6h');
    expect(exitCode).toBe(0);
    expect(cells(out)).toMatch(/realtime +1001 +1001 +5005 +1001 +0\.00001001 +– +2 s/);
    expect(cells(out)).toMatch(/vendor +1001 .*0\.000005005 +50\.0 % +1 s/);
    expect(out).toContain('not by vendor: it has none (2: 1, 1001)');
    expect(mesh.received.at(-1)?.body).toMatchObject({ completion_window: '6h', first_line: 1_001 });
  });

  it('takes the lines of a batch as they are', async () => {
    const line = { custom_id: 'mine', method: 'POST', url: '/v1/chat/completions', body: { model: 'auto' } };
    expect(JSON.parse((await plan([line], '--json')).out)).toMatchObject({ lines: 1 });
    expect(mesh.received.at(-1)?.body).toMatchObject({ lines: [line] });
  });
});

describe('skein webhooks and skein limits', () => {
  it('add, list and bound', async () => {
    const added = await run('webhooks', 'add', 'https://example.com/hook', '--events', 'job.failed');
    expect(JSON.parse(added.out)).toMatchObject({ id: 'wh_1', secrets: ['whsec_x'] });
    expect(mesh.received.at(-1)?.body).toEqual({ url: 'https://example.com/hook', events: ['job.failed'] });
    expect(cells((await run('webhooks', 'list')).out)).toMatch(/wh_1 +https:\/\/example\.com\/hook +on +job\.failed/);
    const bounds = { scope: 'tenant', name: 'acme', concurrency: 4, per_minute: null, weight: 2 };
    expect((await run('limits', 'set', 'tenant', 'acme', '--concurrency', '4', '--weight', '2')).exitCode).toBe(0);
    expect(mesh.received.at(-1)).toMatchObject({ method: 'PUT', path: '/v1/queue/limits', body: bounds });
    expect(cells((await run('limits', 'list')).out)).toMatch(/tenant +acme +4 +– +2/);
    expect((await run('limits', 'set', 'tenant', 'acme', '--weight', '0')).exitCode).toBe(1);
  });
});
