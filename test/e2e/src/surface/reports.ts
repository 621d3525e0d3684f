import { expect, it } from '@jest/globals';
import { chat, eventually, toNanoUsd, type ExplainAnswer, type Mesh, type ModelsAnswer } from '@skein/testkit';
import { askPlain, askStream, finishedRecord, usageOf, usageWith } from '../ask.js';

/** What can be asked besides answers: records, usage, plans, models, health. */
export function promiseReports(mesh: () => Mesh): void {
  it('keeps a record of a plain answer that says what its headers said', async () => {
    const metadata = { task: 'coding', user: 'ann', tags: ['nightly'] };
    const { headers } = await askPlain(
      mesh().http,
      chat('openai/gpt-4o-mini', 'Write a haiku about the sea.', { metadata }),
    );
    const record = await finishedRecord(mesh().http, headers['x-request-id']);
    expect(record).toMatchObject({
      id: headers['x-request-id'],
      status: 'succeeded',
      tenant: 'local',
      user: 'ann',
      task: 'code',
      request: { model: 'openai/gpt-4o-mini' },
      explanation: { features: { task: 'code' }, plan: { candidates: [{ vendor: 'openai', model: 'gpt-4o-mini' }] } },
      attempts: [
        {
          id: expect.stringMatching(/^att_/),
          vendor: 'openai',
          model: 'gpt-4o-mini',
          outcome: 'finished',
          usage_source: 'provider',
          cost_usd: headers['x-skein-cost-usd'],
          error: null,
        },
      ],
      cost_usd: headers['x-skein-cost-usd'],
      cache: 'off',
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(record.overhead_ms).toBeGreaterThanOrEqual(0);
    expect(record.attempts[0]?.total_ms).toBeGreaterThan(0);
  });

  it('keeps a record of a stream with what its headers could not say yet', async () => {
    const { headers } = await askStream(mesh().http, chat('anthropic/claude-haiku-4-5', 'Write a limerick.'));
    const record = await finishedRecord(mesh().http, headers['x-request-id']);
    expect(record).toMatchObject({
      status: 'succeeded',
      attempts: [{ vendor: 'anthropic', outcome: 'finished', usage_source: 'provider' }],
    });
    expect(toNanoUsd(record.cost_usd)).toBeGreaterThan(0n);
    expect(record.attempts[0]?.first_byte_ms).toBeGreaterThan(0);
  });

  it('says 404 for a request it never had', async () => {
    const { status, json } = await mesh().http.get('/v1/requests/req_01K00000000000000000000000');
    expect(status).toBe(404);
    expect(json).toMatchObject({
      error: { code: 'not_found', message: expect.any(String), param: 'id', type: expect.any(String) },
    });
  });

  it('adds each answer to the usage of the key, to the nano-dollar', async () => {
    const before = await usageOf(mesh().http);
    const { headers } = await askPlain(mesh().http, chat('groq/llama-3.1-8b-instant', 'What is an atom?'));
    const after = await usageWith(mesh().http, before.attempts + 1);
    expect(after.requests).toBe(before.requests + 1);
    expect(toNanoUsd(after.cost_usd) - toNanoUsd(before.cost_usd)).toBe(toNanoUsd(headers['x-skein-cost-usd']));
    expect(after.tokens['output']).toBeGreaterThan(before.tokens['output'] ?? 0);
  });

  it('counts usage from a moment on', async () => {
    const { status, json } = await mesh().http.get(`/v1/usage?since=${encodeURIComponent('2100-01-01T00:00:00Z')}`);
    expect(status).toBe(200);
    expect(json).toMatchObject({ requests: 0, attempts: 0, cost_usd: '0' });
    expect((await mesh().http.get('/v1/usage?since=yesterday')).status).toBe(400);
  });

  it('explains one request without running it', async () => {
    const before = await mesh().sandbox.stats();
    const { status, json } = await mesh().http.post<ExplainAnswer>(
      '/v1/explain',
      chat('auto', 'Solve: 3x + 4 = 19. Show each step.'),
    );
    expect(status).toBe(200);
    expect(json.features).toMatchObject({
      task: expect.any(String),
      confidence: expect.any(Number),
      abstained: expect.any(Boolean),
      language: expect.any(String),
      complexity: { score: expect.any(Number), tier: expect.any(String) },
      needs: [],
    });
    expect(json.features.tokens).toBeGreaterThan(0);
    const vendors = new Set(json.plan?.candidates.map(({ vendor }) => vendor));
    expect(vendors.size).toBeGreaterThanOrEqual(2);
    for (const candidate of json.plan?.candidates ?? []) {
      expect(candidate).toMatchObject({
        model: expect.any(String),
        score: expect.any(Number),
        reason: expect.stringMatching(/\S/),
      });
      expect(candidate.expected.tokens).toBeGreaterThan(0);
      expect(toNanoUsd(candidate.expected.cost_usd)).toBeGreaterThanOrEqual(0n);
    }
    expect((await mesh().sandbox.stats()).total.requests).toBe(before.total.requests);
  });

  it('explains many in their order, and goes on past those it cannot plan', async () => {
    const asked = [
      ...Array.from({ length: 40 }, (_, index) =>
        chat(index % 2 === 0 ? 'openai/gpt-4o-mini' : 'groq/llama-3.1-8b-instant', `question ${index}`),
      ),
      chat('nobody/nothing', 'hi'),
      chat('auto', 'only where nobody is', { metadata: { compliance: ['HIPAA'] } }),
      { model: 'auto' },
      chat('anthropic/claude-haiku-4-5', 'last'),
    ];
    const { status, json } = await mesh().http.post<ExplainAnswer[]>('/v1/explain', asked);
    expect(status).toBe(200);
    expect(json).toHaveLength(asked.length);
    const firsts = json.slice(0, 40).map(({ plan }) => plan?.candidates[0]?.vendor);
    expect(firsts).toEqual(asked.slice(0, 40).map(({ model }) => model.split('/')[0]));
    expect(json[40]).toMatchObject({ features: { task: expect.any(String) }, error: { code: 'not_found' } });
    expect(json[41]).toMatchObject({ features: { task: expect.any(String) }, error: { code: 'no_admissible_model' } });
    expect(json[42]).toMatchObject({ error: { code: 'invalid_request', param: 'messages' } });
    expect(json[43]?.plan?.candidates[0]).toMatchObject({ vendor: 'anthropic' });
  });

  it('lists its models, auto first', async () => {
    const { json } = await mesh().http.get<ModelsAnswer>('/v1/models');
    expect(json.object).toBe('list');
    expect(json.data[0]).toMatchObject({ id: 'auto', object: 'model', owned_by: 'skein' });
    expect(json.data).toContainEqual(
      expect.objectContaining({ id: 'openai/gpt-4o-mini', object: 'model', owned_by: 'openai' }),
    );
    expect((await mesh().http.get('/v1/models/openai/gpt-4o-mini')).json).toMatchObject({ id: 'openai/gpt-4o-mini' });
    expect((await mesh().http.get('/v1/models/openai/nothing-like-this')).status).toBe(404);
  });

  it('tells its health and its figures', async () => {
    expect((await mesh().http.get('/healthz')).status).toBe(200);
    expect(await mesh().http.get('/readyz')).toMatchObject({ status: 200, json: { missing: [] } });
    const { headers } = await askPlain(
      mesh().http,
      chat('openai/gpt-4o-mini', 'hi', { metadata: { task: 'translation' } }),
    );
    const labels = '{model="gpt-4o-mini",task_type="translation"}';
    const figures = await eventually(async () => {
      const { text } = await mesh().http.get('/metrics');
      const lines = new Map(
        text
          .split('\n')
          .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
      );
      if (!lines.has(`llm_token_cost_usd_sum${labels}`)) throw new Error('the request is not measured yet');
      return lines;
    });
    expect(figures.get(`llm_request_duration_seconds_count${labels}`)).toBe(1);
    expect(figures.get(`llm_token_cost_usd_count${labels}`)).toBe(1);
    expect(figures.get(`llm_token_cost_usd_sum${labels}`)).toBeCloseTo(Number(headers['x-skein-cost-usd']), 9);
    expect([...figures.keys()].some((name) => name.startsWith('gen_ai_server_request_duration_count'))).toBe(true);
  });
}
