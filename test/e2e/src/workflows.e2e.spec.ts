// Workflows over HTTP and NATS: every mode, every end, and the examples as they are shipped.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutRoot, eventually, startMesh, type Mesh } from '@skein/testkit';
import { askPlain, askStream, stopMesh, usageOf } from './ask.js';
import { NatsCustomer } from './nats-customer.js';

jest.setTimeout(120_000);

interface Stage {
  readonly name: string;
  readonly status: string;
  readonly rounds: number;
  readonly output: unknown;
  readonly calls: number;
  readonly cost_usd: string | null;
  readonly latency_ms: number | null;
  readonly steps: readonly {
    readonly part: string;
    readonly status: string;
    readonly attempts: readonly { readonly cost_usd: string | null }[];
  }[];
}
interface Run {
  readonly id: string;
  readonly status: string;
  readonly output: unknown;
  readonly degraded: boolean;
  readonly notices: readonly string[];
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly strategy: { readonly chosen: string; readonly plain: { readonly cost_usd: string | null } } | null;
  readonly stages: readonly Stage[];
  readonly calls: number;
  readonly cost_usd: string | null;
}

let mesh: Mesh;
let customer: NatsCustomer;
beforeAll(async () => {
  mesh = await startMesh({ environment: { WORKFLOWS_LEASE_MS: '2000', WORKFLOWS_RECONCILE_MS: '500' } });
  customer = await NatsCustomer.connect(mesh.natsUrl, mesh.key);
});
afterAll(async () => {
  await customer?.close();
  await stopMesh(mesh);
});

let names = 0;
async function define(yaml: string): Promise<string> {
  names += 1;
  const name = `w${names}`;
  const { status, text } = await mesh.http.ask(`/v1/workflows/${name}`, { method: 'PUT', body: yaml });
  if (status !== 201) throw new Error(text);
  return name;
}

async function run(yaml: string, request: Record<string, unknown> = { input: 'Why do queues help?' }) {
  const name = await define(yaml);
  const { status, json, headers } = await mesh.http.post<Run>(`/v1/workflows/${name}/runs`, request);
  return { status, run: json, headers, name };
}

const stageOf = ({ stages }: Run, name: string): Stage | undefined => stages.find((stage) => stage.name === name);
const model = 'model: gpt-4o-mini';

describe('a workflow', () => {
  it('is checked before it is kept, and what is wrong names its stage', async () => {
    const cyclic = 'pipeline: { stages: [{ name: a, needs: [b] }, { name: b }] }';
    const refused = await mesh.http.ask('/v1/workflows/cyclic', { method: 'PUT', body: cyclic });
    expect(refused).toMatchObject({
      status: 400,
      json: {
        error: { code: 'invalid_request', message: expect.stringContaining('stage "a": waits for itself: a → b → a') },
      },
    });
    expect((await mesh.http.get('/v1/workflows/cyclic')).status).toBe(404);
    const missing = 'pipeline: { stages: [{ name: a, prompt: "{{ inputs.document }}" }] }';
    expect((await mesh.http.post('/v1/workflows/check', missing)).json).toMatchObject({
      ok: false,
      problems: [{ stage: 'a' }],
    });
  });

  it('has versions, and keeps the last good one', async () => {
    const name = await define(`pipeline: { stages: [{ name: a, ${model} }] }`);
    const put = (body: string) => mesh.http.ask(`/v1/workflows/${name}`, { method: 'PUT', body });
    expect((await put(`pipeline: { stages: [{ name: a, ${model} }] }`)).status).toBe(200);
    expect((await put(`pipeline: { stages: [{ name: b, ${model} }] }`)).json).toMatchObject({ version: 2 });
    expect((await put('pipeline: { stages: [{ name: b, prompt: "{{ nothing }}" }] }')).status).toBe(400);
    expect((await mesh.http.get(`/v1/workflows/${name}`)).json).toMatchObject({ version: 2 });
    expect((await mesh.http.get(`/v1/workflows/${name}?version=1`)).json).toMatchObject({
      definition: { pipeline: { stages: [{ name: 'a' }] } },
    });
    const old = await mesh.http.post<Run>(`/v1/workflows/${name}/runs`, { input: 'x', version: 1 });
    expect(old.json.stages.map((stage) => stage.name)).toEqual(['a']);
  });

  it('publishes the form of a definition', async () => {
    expect((await mesh.http.get('/v1/workflows/schema')).json).toMatchObject({
      type: 'object',
      properties: { pipeline: { type: 'object' } },
    });
  });

  it('says what it would take before it runs', async () => {
    const name = await define(
      `pipeline: { parallel: [{ name: a, ${model} }, { name: b, model: claude-opus }, { name: fusion, ${model} }] }`,
    );
    const { status, json } = await mesh.http.post(`/v1/workflows/${name}/plan`, { input: 'x' });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      expected: { calls: 3, cost_usd: expect.stringMatching(/^0\.\d+$/) },
      critical_path: [expect.any(String), 'fusion'],
      stages: [{ name: 'a', model: 'openai/gpt-4o-mini' }, { name: 'b' }, { name: 'fusion' }],
    });
    expect((await mesh.http.get('/v1/workflows/runs?workflow=' + name)).json).toMatchObject({ data: [] });
  });
});

describe('modes', () => {
  it('sequential and parallel pipelines run as they are written', async () => {
    const sequence = await run(`
pipeline:
  stages:
    - { name: summarization, model: gpt-4o-mini, timeout: 30s, retry: 2 }
    - { name: analysis, model: claude-opus, timeout: 60s, retry: 2, input: "{{ stages.summarization.output }}" }
    - { name: verification, kind: verify, model: gpt-4.1, on_fail: { rerun: analysis, max: 3 } }
`);
    expect(sequence.run).toMatchObject({ status: 'succeeded', calls: 3, degraded: false });
    expect(sequence.run.output).toBe(await stepOutput(sequence.run.id, 'analysis'));
    expect(sequence.headers['x-skein-cost-usd']).toBe(sequence.run.cost_usd);
  });

  it.each([
    [0, 1],
    [2, 3],
  ])('a verifier that fails %i times has the stage before run %i times', async (reject, rounds) => {
    const { run: ended } = await run(
      `pipeline: { stages: [{ name: reason, ${model} }, { name: execute, ${model} }, { name: check, kind: verify, ${model}, criteria: "[[sandbox reject=${reject}]]" }] }`,
    );
    expect(ended.status).toBe('succeeded');
    expect(
      [stageOf(ended, 'reason'), stageOf(ended, 'execute'), stageOf(ended, 'check')].map((stage) => stage?.rounds),
    ).toEqual([1, rounds, rounds]);
  });

  it('a map keeps the order of its documents', async () => {
    const { run: ended } = await run(
      `inputs: { docs: { type: list } }\npipeline: { stages: [{ name: m, kind: map, over: inputs.docs, width: 4, ${model}, prompt: "Reply with exactly: {{ item }}" }] }`,
      { inputs: { docs: ['one', 'two', 'three', 'four', 'five'] } },
    );
    expect(ended).toMatchObject({ status: 'succeeded', output: ['one', 'two', 'three', 'four', 'five'], calls: 5 });
  });

  it('a plan is made, checked and carried out; agents hand off over what they share', async () => {
    const { run: ended } = await run(`pipeline: { stages: [
      { name: tasks, kind: plan, ${model} },
      { name: team, kind: agents, ${model}, agents: [{ name: writer, role: writes }, { name: critic, role: criticises }], max_turns: 4 } ] }`);
    expect(ended.status).toBe('succeeded');
    expect(
      stageOf(ended, 'tasks')
        ?.steps.map(({ part }) => part)
        .filter((part) => part.startsWith('/')),
    ).toHaveLength(3);
    expect(stageOf(ended, 'team')?.steps.map(({ part }) => part)).toEqual(['~1', '~2', '~3']);
  });

  it('a race stops whoever is slower; best of n has a judge', async () => {
    await mesh.sandbox.setKnobs('anthropic', { latency: 20_000 });
    try {
      const { run: ended } = await run(`pipeline: { stages: [
        { name: race, kind: race, models: [anthropic/claude-opus-4-1, openai/gpt-4o-mini] },
        { name: best, kind: best_of, n: 2, ${model}, judge: gpt-4.1 } ] }`);
      expect(ended.status).toBe('succeeded');
      expect(
        stageOf(ended, 'race')
          ?.steps.map(({ part, status }) => [part, status])
          .sort(),
      ).toEqual([
        ['@0', 'cancelled'],
        ['@1', 'succeeded'],
      ]);
      expect(
        stageOf(ended, 'best')
          ?.steps.map(({ part }) => part)
          .sort(),
      ).toEqual(['@0', '@1', '@judge']);
    } finally {
      await mesh.sandbox.resetKnobs('anthropic');
    }
  });

  it('a strategy is chosen by the table, with plain routing beside it', async () => {
    const { run: ended } = await run('strategy: auto\nneeds: { complexity: high, latency: high }');
    expect(ended).toMatchObject({
      status: 'succeeded',
      strategy: { chosen: 'parallel_specialization', plain: { cost_usd: expect.any(String) } },
    });
    expect(ended.stages.at(-1)?.name).toBe('fusion');
  });

  it('documents are searched by words and meaning, embedded once; guards redact', async () => {
    const yaml = `inputs: { docs: { type: list }, question: {} }
pipeline: { stages: [
  { name: found, kind: retrieve, documents: inputs.docs, query: "{{ inputs.question }}", top_k: 1 },
  { name: safe, kind: guard, filters: { deny: [secret] }, action: redact } ] }`;
    const docs = ['Cats sleep all day.', 'The harbour secret opens at dawn.', 'Trains run late.'];
    const inputs = { docs, question: 'When does the harbour open?' };
    const { run: ended, name } = await run(yaml, { inputs });
    expect(ended).toMatchObject({
      status: 'succeeded',
      output: '[1] The harbour [redacted] opens at dawn.',
      notices: [],
    });
    expect(stageOf(ended, 'found')?.calls).toBe(1);
    expect((await mesh.http.post<Run>(`/v1/workflows/${name}/runs`, { inputs })).json.calls).toBe(0);
  });
});

async function stepOutput(id: string, stage: string): Promise<unknown> {
  const { json } = await mesh.http.get<Run & { stages: readonly (Stage & { output: unknown })[] }>(
    `/v1/workflows/runs/${id}`,
  );
  return json.stages.find(({ name }) => name === stage)?.output;
}

describe('an end', () => {
  const none = 'fallback: none\n';

  it('a verifier that never passes fails by name, or the single model answers and says so', async () => {
    const yaml = `pipeline: { stages: [{ name: a, ${model} }, { name: check, kind: verify, ${model}, criteria: "[[sandbox reject=99]]" }] }`;
    const failed = await run(none + yaml);
    expect(failed.status).toBe(422);
    expect(failed.run).toMatchObject({
      status: 'failed',
      error: {
        code: 'check_failed',
        message: expect.stringContaining('stage "check": the check did not pass after a was re-run 3 times'),
      },
    });
    const degraded = await run(yaml);
    expect(degraded.run).toMatchObject({
      status: 'succeeded',
      degraded: true,
      notices: [expect.stringContaining('stage "check"')],
    });
  });

  it('a budget that runs out in the middle names the stage that could not be paid; what is done stays readable', async () => {
    const { run: ended, status } = await run(
      `${none}pipeline: { stages: [{ name: a, ${model} }, { name: b, model: claude-opus }] }`,
      {
        input: 'Why do queues help?',
        budget_usd: '0.0004',
      },
    );
    expect(status).toBe(402);
    expect(ended).toMatchObject({
      status: 'failed',
      error: { code: 'budget_exceeded', message: expect.stringContaining('stage "b"') },
    });
    expect(stageOf(ended, 'a')?.status).toBe('succeeded');
  });

  it('a stage whose vendor is gone fails by name', async () => {
    await mesh.sandbox.setKnobs('mistral', { status: 500 });
    try {
      const { run: ended, status } = await run(
        `${none}pipeline: { stages: [{ name: a, model: mistral/mistral-small-latest, retry: 0 }] }`,
      );
      expect(status).toBe(502);
      expect(ended.error?.message).toContain('stage "a"');
    } finally {
      await mesh.sandbox.resetKnobs('mistral');
    }
  });

  it('an input that is missing is refused before the run, naming the stage that needs it', async () => {
    const { status, run: refused } = await run(
      `inputs: { document: {} }\npipeline: { stages: [{ name: a, prompt: "{{ inputs.document }}" }] }`,
      {},
    );
    expect(status).toBe(400);
    expect(refused.error?.message).toBe('The input "document" is missing; stage "a" needs it');
  });

  it('a deadline ends the run and names what had not ended', async () => {
    const { status, run: ended } = await run(
      `${none}pipeline: { stages: [{ name: slow, ${model}, prompt: "hi [[sandbox latency=20000]]" }] }`,
      {
        input: 'x',
        deadline: '500ms',
      },
    );
    expect(status).toBe(504);
    expect(ended).toMatchObject({
      status: 'expired',
      error: { code: 'deadline_exceeded', message: expect.stringContaining('"slow"') },
    });
  });

  it('a cancel stops what is under way', async () => {
    const name = await define(
      `pipeline: { stages: [{ name: slow, ${model}, prompt: "hi [[sandbox latency=20000]]" }] }`,
    );
    const { status, json } = await mesh.http.post<Run>(`/v1/workflows/${name}/runs`, { input: 'x', mode: 'job' });
    expect(status).toBe(202);
    await runThatIs('running', json.id);
    expect((await mesh.http.post(`/v1/workflows/runs/${json.id}/cancel`, {})).json).toMatchObject({
      status: 'cancelled',
    });
    await eventually(async () => {
      const { in_flight: open } = await mesh.sandbox.stats();
      if (open > 0) throw new Error(`${open} requests are still open`);
    });
  });
});

function runThatIs(status: string, id: string): Promise<Run> {
  return eventually(
    async () => {
      const { json } = await mesh.http.get<Run>(`/v1/workflows/runs/${id}`);
      if (json.status !== status) throw new Error(`the run is ${json.status}`);
      return json;
    },
    { withinMs: 30_000, everyMs: 50 },
  );
}

describe('a workflow as a model', () => {
  it('answers any OpenAI client, whole or streamed', async () => {
    const name = await define(
      `pipeline: { stages: [{ name: a, ${model} }, { name: b, ${model}, input: ok, prompt: "Reply with exactly: all is well" }] }`,
    );
    const body = { model: `workflow/${name}`, messages: [{ role: 'user' as const, content: 'How are you?' }] };
    const plain = await askPlain(mesh.http, body);
    expect(plain.status).toBe(200);
    expect(plain.json.choices[0]?.message.content).toContain('all is well');
    expect(plain.headers).toMatchObject({
      'x-skein-attempts': '2',
      'x-skein-vendor': 'openai',
      'x-skein-cost-usd': expect.any(String),
    });
    const streamed = await askStream(mesh.http, body);
    expect(streamed).toMatchObject({ status: 200, endsWithDone: true });
    expect(streamed.text).toContain('all is well');
    expect((await askPlain(mesh.http, { ...body, model: 'workflow/nowhere' })).status).toBe(404);
  });

  it('tells of stages and tokens as they come', async () => {
    const name = await define(`pipeline: { stages: [{ name: a, ${model} }, { name: b, ${model} }] }`);
    const stream = await mesh.http.stream(`/v1/workflows/${name}/runs`, { input: 'x', stream: true });
    const kinds = (await stream.rest())
      .map(({ event }) => event)
      .filter((event, index, all) => event !== all[index - 1]);
    const stage = ['stage.started', 'token', 'stage.finished'];
    expect(kinds).toEqual(['run.started', ...stage, ...stage, 'run.finished', 'message']);
  });

  it('is there over NATS too', async () => {
    const name = await define(`pipeline: { stages: [{ name: a, ${model} }] }`);
    const reply = await customer.ask('skein.api.workflows.run', { workflow: name, input: 'x' });
    expect(reply.json).toMatchObject({ status: 'succeeded', calls: 1 });
    const { id } = reply.json as Run;
    expect((await customer.ask('skein.api.workflows.get', { id })).json).toMatchObject({ id, status: 'succeeded' });
    expect((await customer.ask('skein.api.workflows.plan', { workflow: name, input: 'x' })).json).toMatchObject({
      expected: { calls: 1 },
    });
  });
});

const EXAMPLES = join(checkoutRoot, 'services/workflows/examples');

describe('the examples', () => {
  it.each(readdirSync(EXAMPLES).filter((file) => file.endsWith('.yaml')))('%s runs as it stands', async (file) => {
    const source = readFileSync(join(EXAMPLES, file), 'utf8');
    const kept = await mesh.http.post<{ name: string }>('/v1/workflows', source);
    expect(kept.status).toBe(201);
    const inputs =
      file === 'map-reduce.yaml'
        ? (JSON.parse(readFileSync(join(EXAMPLES, 'map-reduce.inputs.json'), 'utf8')) as object)
        : {};
    const { status, json } = await mesh.http.post<Run>(`/v1/workflows/${kept.json.name}/runs`, { inputs });
    expect({ status, error: json.error, degraded: json.degraded }).toEqual({
      status: 200,
      error: null,
      degraded: false,
    });
    if (file === 'map-reduce.yaml') expect(json.calls).toBe(51);
  });
});

describe('money', () => {
  it('is in the ledger once for every call a vendor answered', async () => {
    const served = await mesh.sandbox.served();
    const answered = served.filter(({ outcome, status }) => outcome === 'complete' && status === 200);
    const output = answered.reduce((sum, { usage }) => sum + (usage?.output ?? 0), 0);
    await eventually(async () => {
      const now = await usageOf(mesh.http);
      if (now.tokens['output'] !== output) throw new Error(`${now.tokens['output']} tokens of ${output} are posted`);
    });
  });
});
