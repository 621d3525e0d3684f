// Jobs, in a mesh whose rooms can be killed: accepted means done, once, whoever dies in between.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  chat,
  eventually,
  misbehave,
  startMesh,
  type ChatBody,
  type HttpAnswer,
  type JobAnswer,
  type Mesh,
} from '@skein/testkit';
import { stopMesh, usageOf } from './ask.js';

jest.setTimeout(120_000);

let mesh: Mesh;
beforeAll(async () => {
  // One run that counts: a job that comes through the death of a room has used up none.
  const environment = { JOBS_MAX_RUNS: '1', JOBS_LEASE_MS: '2000', JOBS_RECONCILE_MS: '500' };
  mesh = await startMesh({ mode: 'mesh', environment });
});
afterAll(() => stopMesh(mesh));

function submit(
  body: ChatBody,
  rest: Record<string, unknown> = {},
  idempotencyKey?: string,
): Promise<HttpAnswer<JobAnswer>> {
  const headers = idempotencyKey === undefined ? undefined : { 'idempotency-key': idempotencyKey };
  return mesh.http.post<JobAnswer>('/v1/jobs', { endpoint: '/v1/chat/completions', body, ...rest }, headers);
}

async function jobOf(id: string): Promise<JobAnswer> {
  return (await mesh.http.get<JobAnswer>(`/v1/jobs/${id}`)).json;
}

function jobThatIs(status: JobAnswer['status'], id: string): Promise<JobAnswer> {
  return eventually(
    async () => {
      const job = await jobOf(id);
      if (job.status !== status) throw new Error(`the job is ${JSON.stringify(job)}`);
      return job;
    },
    { withinMs: 40_000, everyMs: 50 },
  );
}

describe('a job', () => {
  it('is accepted at once and done later, with what it cost', async () => {
    const submitted = await submit(chat('openai/gpt-4o-mini', 'What is 12 * 12?'));
    expect(submitted.status).toBe(202);
    expect(submitted.json).toMatchObject({ id: expect.any(String), object: 'job', endpoint: '/v1/chat/completions' });
    const job = await jobThatIs('succeeded', submitted.json.id);
    expect(job.result).toMatchObject({
      status_code: 200,
      body: { choices: [{ message: { content: expect.stringContaining('144') } }] },
    });
    expect(job.attempts).toMatchObject([{ vendor: 'openai', model: 'gpt-4o-mini', outcome: 'finished' }]);
    expect(job.cost_usd).toBe(job.attempts[0]?.cost_usd);
  });

  it('is one job for one idempotency key, in whatever state it is', async () => {
    const body = chat('openai/gpt-4o-mini', 'What is 13 * 13?');
    const first = await submit(body, {}, 'once-1');
    const again = await submit(body, {}, 'once-1');
    expect(again.json.id).toBe(first.json.id);
    await jobThatIs('succeeded', first.json.id);
    const afterwards = await submit(body, {}, 'once-1');
    expect(afterwards).toMatchObject({ status: 200, json: { id: first.json.id, status: 'succeeded' } });
    const other = await submit(chat('openai/gpt-4o-mini', 'What is 14 * 14?'), {}, 'once-1');
    expect(other).toMatchObject({ status: 422, json: { error: { code: 'idempotency_mismatch' } } });
  });

  it('is refused at once when its body is wrong, and nothing is queued', async () => {
    const { status, json } = await mesh.http.post('/v1/jobs', {
      endpoint: '/v1/chat/completions',
      body: { model: 'auto' },
    });
    expect(status).toBe(400);
    expect(json).toMatchObject({ error: { code: 'invalid_request', param: 'body.messages' } });
    expect(await submit(chat('auto', 'hi'), { prority: 'high' })).toMatchObject({
      status: 400,
      json: { error: { param: 'prority' } },
    });
  });

  it('has the answer its caller would have had, when the vendor refuses it', async () => {
    const { json } = await submit(chat('openai/gpt-4o-mini', 'hi', { frobnicate: true }));
    const job = await jobThatIs('failed', json.id);
    expect(job.result).toMatchObject({ status_code: 400, body: { error: { source: 'vendor' } } });
  });

  it('can be cancelled while it runs, and its vendor stops', async () => {
    const { json } = await submit(chat('openai/gpt-4o-mini', `${misbehave({ latency: 60_000 })} hi`));
    await jobThatIs('running', json.id);
    await eventually(async () => expect((await mesh.sandbox.stats()).in_flight).toBe(1));
    const cancelled = await mesh.http.post<JobAnswer>(`/v1/jobs/${json.id}/cancel`, {});
    expect(cancelled.json.status).toBe('cancelled');
    await eventually(async () => expect((await mesh.sandbox.stats()).in_flight).toBe(0));
    expect((await jobOf(json.id)).status).toBe('cancelled');
  });

  it('can be cancelled before it begins', async () => {
    const { json } = await submit(chat('openai/gpt-4o-mini', 'hi'), { delay: '1h' });
    expect(json.status).toBe('scheduled');
    expect((await mesh.http.post<JobAnswer>(`/v1/jobs/${json.id}/cancel`, {})).json.status).toBe('cancelled');
  });

  it('is not there for another id', async () => {
    expect(await mesh.http.get('/v1/jobs/job_none')).toMatchObject({
      status: 404,
      json: { error: { code: 'not_found' } },
    });
  });
});

describe('the board of the queues', () => {
  const board = '/admin/queues';
  const pauseBatches = (headers: Record<string, string>) =>
    mesh.http.ask(`${board}/api/queues/skein-batches/pause`, { method: 'PUT', headers });

  it('is shown with the admin key alone, and loads nothing from elsewhere', async () => {
    expect(await mesh.http.get(board, { authorization: 'Bearer sk-nobody' })).toMatchObject({ status: 401 });
    const page = await mesh.http.get(board);
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toContain("default-src 'self'");
    const script = /src="(static\/js\/main[^"]+)"/.exec(page.text)?.[1];
    expect((await mesh.http.get(`${board}/${script}`)).status).toBe(200);
  });

  it('changes queues when its own pages ask, and not when another site has the browser ask', async () => {
    expect(await pauseBatches({ 'sec-fetch-site': 'cross-site' })).toMatchObject({ status: 403 });
    expect(await pauseBatches({ 'sec-fetch-site': 'same-origin' })).toMatchObject({ status: 200 });
    const resume = { method: 'PUT', headers: { 'content-type': 'application/json' } } as const;
    expect(await mesh.http.ask(`${board}/api/queues/skein-batches/resume`, resume)).toMatchObject({ status: 200 });
  });
});

describe('a job whose mesh loses a room while the vendor works', () => {
  const rooms = ['jobs', 'orchestrator', 'provider-workers/openai', 'gateway', 'records', 'billing'];

  it.each(rooms)('%s: is done all the same, with one result and no run used up', async (room) => {
    await eventually(async () => expect((await mesh.sandbox.stats()).in_flight).toBe(0));
    const question = `${misbehave({ latency: 2_500 })} What is 20 + ${rooms.indexOf(room)}?`;
    const { json } = await submit(chat('openai/gpt-4o-mini', question));
    await eventually(async () => expect((await mesh.sandbox.stats()).in_flight).toBe(1));
    const [pid] = await mesh.pidsOf(room);
    expect(pid).toBeGreaterThan(0);
    process.kill(pid ?? 0, 'SIGKILL');

    const doorIsBack = () => mesh.http.get('/readyz').then(({ status }) => expect(status).toBe(200));
    await eventually(doorIsBack, { withinMs: 30_000, everyMs: 100 });
    const job = await jobThatIs('succeeded', json.id);
    const answer = JSON.stringify(job.result);
    expect(answer).toContain(String(20 + rooms.indexOf(room)));
    expect(job.attempts.filter(({ outcome }) => outcome === 'finished').length).toBeGreaterThanOrEqual(1);
    // Every attempt is known to be over, and each is in the ledger at most once.
    expect(new Set(job.attempts.map(({ id }) => id)).size).toBe(job.attempts.length);
    expect(JSON.stringify((await jobOf(json.id)).result)).toBe(answer);
  });

  it('leaves no attempt that the ledger does not know', async () => {
    const started = (await mesh.sandbox.served()).map(({ correlation }) => correlation['x-skein-attempt']);
    await eventually(async () =>
      expect((await usageOf(mesh.http)).attempts).toBeGreaterThanOrEqual(new Set(started).size),
    );
  });
});
