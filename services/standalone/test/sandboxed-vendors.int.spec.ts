// Vendors whose dialect is not OpenAI's: their adapters speak to the sandbox over HTTP, as a worker without a key does.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { catalog, type VendorId } from '@skein/catalog';
import { readSettings } from '@skein/config';
import type { AttemptOutcome } from '@skein/contracts/provider';
import { RequestBody, type Frame } from '@skein/contracts/wire';
import { bedrock } from '@skein/provider-bedrock';
import { cohere } from '@skein/provider-cohere';
import {
  KeyRing,
  chooseDeployment,
  openAiDialect,
  openLine,
  runAttempt,
  systemClock,
  vendorSettings,
  type AttemptWorker,
  type VendorAdapter,
} from '@skein/provider-kit';
import { vertex } from '@skein/provider-vertex';
import { startSandbox, type Sandbox } from '@skein/sandbox';
import { createLogger } from '@skein/telemetry';

interface Told {
  readonly outcome: AttemptOutcome;
  readonly text: string;
  readonly reasoning: string;
  readonly calls: readonly { name: string; args: unknown }[];
}

interface Piece {
  readonly content?: string | null;
  readonly reasoning_content?: string;
  readonly tool_calls?: readonly { index?: number; function: { name?: string; arguments: string } }[];
}

const adapters: readonly (readonly [VendorId, VendorAdapter, string, string])[] = [
  ['vertex', vertex, 'gemini-2.5-flash', 'gemini-2.5-flash'],
  ['bedrock', bedrock, 'amazon.nova-pro-v1:0', 'us.anthropic.claude-haiku-4-5-20251001-v1:0'],
  ['cohere', cohere, 'command-a-03-2025', 'command-a-reasoning-08-2025'],
  ['azure', openAiDialect('azure'), 'gpt-4o', 'gpt-4o'],
];

const weather = {
  tools: [
    {
      type: 'function',
      function: {
        name: 'get_weather',
        description: 'Get the weather',
        parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
      },
    },
  ],
};

const textOf = (payload: Uint8Array) => new TextDecoder().decode(payload);

/** What the frames of an attempt tell, streamed or whole. */
function tell(outcome: AttemptOutcome, frames: readonly Frame[]): Told {
  const pieces = frames.flatMap(({ kind, payload }): Piece[] => {
    if (kind !== 'chunk' && kind !== 'whole') return [];
    const { choices } = JSON.parse(textOf(payload)) as { choices: { delta?: Piece; message?: Piece }[] };
    return choices.map(({ delta, message }) => delta ?? message ?? {});
  });
  const calls: { name: string; args: string }[] = [];
  for (const call of pieces.flatMap(({ tool_calls = [] }) => tool_calls)) {
    const at = call.index ?? calls.length;
    const known = calls[at] ?? { name: '', args: '' };
    calls[at] = { name: known.name + (call.function.name ?? ''), args: known.args + call.function.arguments };
  }
  return {
    outcome,
    text: pieces.map(({ content }) => content ?? '').join(''),
    reasoning: pieces.map(({ reasoning_content = '' }) => reasoning_content).join(''),
    calls: calls.map(({ name, args }) => ({ name, args: JSON.parse(args) as unknown })),
  };
}

describe.each(adapters)('a sandboxed worker of %s', (vendorId, adapter, model, thinkingModel) => {
  let sandbox: Sandbox;
  let worker: AttemptWorker;
  let frames: Frame[] = [];

  beforeAll(async () => {
    sandbox = await startSandbox();
    const settings = readSettings(vendorSettings(adapter.vendor), { SANDBOX_URL: sandbox.url });
    const deployment = chooseDeployment(adapter.vendor, settings);
    expect(deployment).toMatchObject({ mode: 'sandbox', baseUrl: sandbox.baseUrlFor(vendorId) });
    worker = {
      adapter,
      catalog,
      clock: systemClock,
      sandboxed: true,
      keys: new KeyRing(deployment.keys),
      line: openLine(vendorId, deployment.baseUrl, deployment.concurrency),
      logger: createLogger('test', 'silent'),
      bus: {
        instance: 'worker-under-test',
        takesFacts: true,
        state: () => Promise.resolve(),
        emitFrame: (_sink, _request, _attempt, frame) => void frames.push(frame),
      },
    };
  });
  afterEach(() => void (frames = []));
  afterAll(async () => {
    await worker.line.pool.destroy();
    await sandbox.stop();
  });

  async function ask(request: object, stream = false, served = model): Promise<Told> {
    frames = [];
    const body = {
      model: 'auto',
      messages: [{ role: 'user', content: 'Tell me about lighthouses' }],
      stream,
      ...request,
    };
    const outcome = await runAttempt(
      worker,
      {
        request_id: 'req_1',
        sink: 'gateway-1',
        operation: 'chat',
        stream,
        head: {
          attempt_id: 'att_1',
          attempt_no: 1,
          vendor: vendorId,
          model: served,
          reason: 'asked for by name',
          cache: 'miss',
          notices: [],
        },
        kind: 'live',
        caller: { tenant: 'acme', project: null, key_id: 'key_1', user: null, cost_center: null },
        task: 'qa',
        limits: { first_byte_ms: 5_000, idle_ms: 5_000, call_ms: 10_000 },
        continuation: null,
      },
      {
        requestId: 'req_1',
        deadline: performance.now() + 60_000,
        body: RequestBody.of(body),
        signal: new AbortController().signal,
      },
    );
    return tell(outcome, frames);
  }

  const saying = (content: string) => ({ messages: [{ role: 'user', content }] });
  const lastServed = async () => {
    const page = (await (await fetch(`${sandbox.url}/__sandbox/served`)).json()) as {
      served: { vendor: string; usage: { input: number; output: number } }[];
    };
    return page.served.at(-1);
  };

  it('says the same whole and streamed, counts what the vendor counts, and knows its price', async () => {
    const whole = await ask({});
    const streamed = await ask({}, true);
    expect(whole.outcome).toMatchObject({ outcome: 'finished', finish_reason: 'stop', usage_source: 'provider' });
    expect(streamed.outcome).toMatchObject({ outcome: 'finished', usage: whole.outcome.usage });
    expect(whole.text.length).toBeGreaterThan(20);
    expect(streamed.text).toBe(whole.text);
    expect(whole.outcome.cost_nano_usd).toBeGreaterThan(0);
    expect(whole.outcome.vendor_request_id ?? '').not.toBe('');
    const { usage } = (await lastServed()) ?? { usage: { input: 0, output: 0 } };
    expect([usage.input, usage.output]).toEqual([whole.outcome.usage?.input_uncached, whole.outcome.usage?.output]);
  });

  it.each([false, true])(
    'calls tools, in parallel too, and answers with their results (streamed: %s)',
    async (stream) => {
      const asked = await ask({ ...weather, ...saying('Weather in Boston and New Delhi?') }, stream);
      expect(asked.outcome.finish_reason).toBe('tool_calls');
      expect(asked.calls).toEqual([
        { name: 'get_weather', args: { city: 'Boston' } },
        { name: 'get_weather', args: { city: 'New Delhi' } },
      ]);
      const call = {
        id: 'call_1',
        type: 'function',
        function: { name: 'get_weather', arguments: '{"city":"Boston"}' },
      };
      const messages = [
        { role: 'user', content: 'Weather in Boston?' },
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'call_1', content: '{"degrees":21}' },
      ];
      expect((await ask({ ...weather, messages }, stream)).text).toContain('21');
    },
  );

  it('answers in the form it was asked for, and ends for length', async () => {
    const schema = { type: 'object', properties: { result: { type: 'number' } }, required: ['result'] };
    const response_format = { type: 'json_schema', json_schema: { name: 's', schema } };
    const { text } = await ask({ ...saying('What is the square root of 64?'), response_format });
    expect(JSON.parse(text)).toEqual({ result: 8 });
    expect((await ask({ max_tokens: 4 }, true)).outcome).toMatchObject({ finish_reason: 'length' });
  });

  if (vendorId !== 'azure') {
    it.each([false, true])('thinks aloud when it is to think (streamed: %s)', async (stream) => {
      const request = { reasoning_effort: 'low', max_tokens: 4_000 };
      const { reasoning, text, outcome } = await ask(request, stream, thinkingModel);
      expect(reasoning).not.toBe('');
      expect(text).not.toBe('');
      expect(outcome.outcome).toBe('finished');
    });
  }

  it.each<[string, string, boolean]>([
    ['status=429,retry_after=7', 'vendor_rate_limited', false],
    ['status=500', 'vendor_failed', true],
    ['status=503', 'vendor_overloaded', false],
    ['malformed', 'vendor_malformed', false],
    ['cut', 'vendor_connection_lost', false],
    ['cut_after=2', 'vendor_stream_cut', true],
    ['error_after=2', 'vendor_failed', true],
  ])('takes [[sandbox %s]] for %s', async (knobs, code, stream) => {
    const { outcome } = await ask(saying(`Tell me about lighthouses [[sandbox ${knobs}]]`), stream);
    expect(outcome).toMatchObject({
      error: { code },
      outcome: code === 'vendor_connection_lost' ? 'unknown' : 'failed',
    });
  });

  it('is refused a model that there is not, by the vendor’s own word', async () => {
    const { outcome } = await ask({}, false, 'no-such-model');
    expect(outcome).toMatchObject({ outcome: 'failed', error: { code: 'vendor_refused', source: 'vendor' } });
    expect([400, 404]).toContain(outcome.error?.status);
  });

  it('is set right about a key that is not accepted', async () => {
    const { keys } = worker;
    worker = { ...worker, keys: new KeyRing(['bad-key']) };
    expect((await ask({})).outcome).toMatchObject({ error: { code: 'vendor_unauthorized' } });
    worker = { ...worker, keys: new KeyRing(['bad-key', 'good-key']) };
    expect((await ask({})).outcome).toMatchObject({ outcome: 'finished' });
    worker = { ...worker, keys };
  });

  if (vendorId === 'bedrock') {
    it('signs its calls with a key of AWS, which stays here', async () => {
      const { keys, line } = worker;
      worker = { ...worker, keys: new KeyRing(['AKIDEXAMPLE:secret']), line: { ...line, region: 'eu-central-1' } };
      expect((await ask({}, true)).outcome).toMatchObject({ outcome: 'finished' });
      worker = { ...worker, line: { ...line, region: null } };
      expect((await ask({})).outcome).toMatchObject({ error: { message: expect.stringContaining('BEDROCK_REGION') } });
      worker = { ...worker, keys, line };
    });
  }
});
