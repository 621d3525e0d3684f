import { expect, it } from '@jest/globals';
import { chat, eventually, misbehave, type Mesh, type RecordAnswer } from '@skein/testkit';
import { NatsCustomer, type NatsAnswer } from './nats-customer.js';

/** Every subject that customers have. */
const subjects =
  `chat.completions messages messages.count_tokens embeddings moderations rerank audio.speech audio.transcriptions
  responses responses.get responses.cancel responses.delete responses.input_items models.list models.get requests.get usage
  explain jobs.submit jobs.get jobs.list jobs.cancel jobs.events jobs.redrive jobs.queue queue.limits.list queue.limits.put
  files.create files.list files.get files.content files.delete batches.create batches.plan batches.list batches.get batches.cancel
  schedules.create schedules.list schedules.delete webhooks.create webhooks.list webhooks.get webhooks.delete webhooks.rotate
  webhooks.deliveries webhooks.redeliver vendors.list vendors.override workflows.define workflows.check workflows.schema
  workflows.list workflows.show workflows.versions workflows.plan workflows.run workflows.runs workflows.get workflows.cancel
  policies.list policies.show policies.schema policies.lint policies.diff policies.apply policies.rollback policies.rollouts
  policies.steer`
    .split(/\s+/)
    .map((name) => `skein.api.${name}`);

const WORDS = 'Whoever asks over NATS hears the same.';
const MODEL = 'openai/gpt-4o-mini';

interface Listed {
  readonly data: readonly { readonly id: string }[];
  readonly has_more?: boolean;
}

const kindOf = ({ headers }: NatsAnswer) => headers['skein-kind'];
const soundOf = (answers: readonly NatsAnswer[]) =>
  Buffer.concat(answers.filter((answer) => kindOf(answer) === 'chunk').map(({ bytes }) => bytes));

/** What is promised of the operations of the NATS door: those of HTTP, each under its subject. */
export function promiseOperationsOverNats(meshOf: () => Mesh, customerOf: () => NatsCustomer): void {
  const ask = <Body = Record<string, unknown>>(name: string, body: unknown = {}, headers?: Record<string, string>) =>
    customerOf().ask<Body>(`skein.api.${name}`, body, headers);
  const ok = async <Body = Record<string, unknown>>(name: string, body: unknown = {}): Promise<Body> => {
    const { headers, json } = await ask<Body>(name, body);
    expect({ name, code: headers['Nats-Service-Error-Code'], json }).toEqual({ name, code: undefined, json });
    return json;
  };
  const refused = async (name: string, body: unknown = {}) => {
    const { headers, json } = await ask<{ error: { code: string; param: string | null } }>(name, body);
    expect(headers['Nats-Service-Error']).toMatch(/\S/);
    return { status: headers['Nats-Service-Error-Code'], code: json.error.code, param: json.error.param };
  };
  const stream = (name: string, body: unknown) => customerOf().askStream(body, {}, `skein.api.${name}`);

  it('is asked for a key under each of them, with the headers of a micro-service', async () => {
    const stranger = await NatsCustomer.connect(meshOf().natsUrl, 'sk-wrong');
    const answers = await Promise.all(
      subjects.map(async (subject) => {
        const { headers, json } = await stranger.ask<{ error: { message: string } }>(subject, { model: MODEL });
        return { subject, status: headers['Nats-Service-Error-Code'], says: json.error.message !== '' };
      }),
    );
    expect(answers).toEqual(subjects.map((subject) => ({ subject, status: '401', says: true })));
    await stranger.close();
  });

  it('embeds, judges and ranks, with the headers HTTP would have', async () => {
    const { headers, json } = await ask<Listed>('embeddings', { model: 'text-embedding-3-small', input: ['a', 'b'] });
    expect(json.data).toHaveLength(2);
    expect(headers).toMatchObject({
      'x-skein-model': 'text-embedding-3-small',
      'x-skein-cost-usd': expect.any(String),
    });
    const judged = await ok<{ results: { flagged: boolean }[] }>('moderations', { input: 'I will kill them' });
    expect(judged.results[0]?.flagged).toBe(true);
    const ranked = await ok<{ results: unknown[] }>('rerank', {
      model: 'cohere/rerank-v3.5',
      query: 'red fox',
      documents: ['a red fox', 'figures of the quarter'],
    });
    expect(ranked.results).toHaveLength(2);
    expect(await refused('embeddings', { model: 'text-embedding-3-small' })).toMatchObject({
      status: '400',
      param: 'input',
    });
  });

  it('speaks in one message, in pieces or in events, and hears what was said', async () => {
    const request = { model: 'openai/tts-1', voice: 'alloy', input: WORDS, response_format: 'wav' };
    const { headers, bytes } = await ask('audio.speech', request);
    expect(headers).toMatchObject({ 'content-type': 'audio/wav', 'x-skein-cost-usd': expect.any(String) });
    const pieces = await stream('audio.speech', { ...request, stream: true });
    expect([pieces[0], pieces.at(-1)].map((answer) => answer && kindOf(answer))).toEqual(['notice', 'end']);
    expect(pieces[0]?.headers).toMatchObject({ 'content-type': 'audio/wav', 'x-skein-vendor': 'openai' });
    expect(soundOf(pieces).equals(bytes)).toBe(true);
    const events = await stream('audio.speech', { ...request, model: 'openai/gpt-4o-mini-tts', stream_format: 'sse' });
    expect(events.at(-2)?.json).toMatchObject({
      type: 'speech.audio.done',
      usage: { total_tokens: expect.any(Number) },
    });

    const file = { filename: 'said.wav', content_type: 'audio/wav', data: Buffer.from(bytes).toString('base64') };
    const asked = { model: 'openai/gpt-4o-mini-transcribe', file };
    expect((await ok<{ text: string }>('audio.transcriptions', asked)).text).toBe(WORDS);
    const heard = await stream('audio.transcriptions', { ...asked, stream: true });
    expect(heard.at(-2)?.json).toMatchObject({ type: 'transcript.text.done', text: WORDS });
    expect(heard.length).toBeGreaterThan(4);
    const record = await eventually(() => ok<RecordAnswer>('requests.get', { id: headers['x-request-id'] }));
    expect(record.cost_usd).toBe(headers['x-skein-cost-usd']);
    expect(await refused('audio.transcriptions', { ...asked, file: { ...file, data: '%' } })).toMatchObject({
      status: '400',
      param: 'file.data',
    });
  });

  it('is told of sound that breaks off, before its end', async () => {
    const input = `${misbehave({ cut_after: 1 })} ${WORDS}`;
    const answers = await stream('audio.speech', { model: 'openai/tts-1', voice: 'alloy', input, stream: true });
    expect(answers.slice(-2).map(kindOf)).toEqual(['error', 'end']);
    expect(answers.at(-2)?.headers['Nats-Service-Error-Code']).toBe('502');
  });

  it('creates, looks up, lists, cancels and deletes responses', async () => {
    const { id } = await ok<{ id: string }>('responses', { model: MODEL, input: 'Why do cats purr?' });
    expect(await ok('responses.get', { id })).toMatchObject({ id, status: 'completed' });
    expect(await ok('responses.input_items', { id, limit: 1 })).toMatchObject({
      data: [{ role: 'user' }],
      has_more: false,
    });
    const slow = `${misbehave({ latency: 20_000 })} hi`;
    const queued = await ok<{ id: string }>('responses', { model: MODEL, input: slow, background: true });
    expect((await ok('responses.cancel', { id: queued.id }))['status']).toMatch(/cancelled|in_progress/);
    expect(await ok('responses.delete', { id })).toEqual({ id, object: 'response', deleted: true });
    expect(await refused('responses.get', { id })).toMatchObject({ status: '404', code: 'not_found' });
  });

  it('speaks Anthropic’s dialect, and has its tokens counted', async () => {
    const request = { model: 'anthropic/claude-haiku-4-5', messages: [{ role: 'user', content: 'How are you?' }] };
    expect(await ok('messages', { ...request, max_tokens: 50 })).toMatchObject({ type: 'message', role: 'assistant' });
    expect(await ok('messages.count_tokens', request)).toEqual({ input_tokens: expect.any(Number) });
    const { headers, json } = await ask('messages.count_tokens', {});
    expect(headers['Nats-Service-Error-Code']).toBe('400');
    expect(json).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } });
  });

  it('sees models, usage, the queue and the plan', async () => {
    expect((await ok<Listed>('models.list')).data.map(({ id }) => id)).toEqual(expect.arrayContaining(['auto', MODEL]));
    expect(await ok('models.get', { model: MODEL })).toMatchObject({ id: MODEL, object: 'model' });
    expect(await refused('models.get', { model: 'no' })).toMatchObject({ status: '404', param: 'model' });
    expect(await ok('usage')).toMatchObject({ object: 'usage', cost_usd: expect.any(String) });
    expect(await refused('usage', { since: 'yesterday' })).toMatchObject({ status: '400', param: 'since' });
    expect(await ok('jobs.queue')).toMatchObject({ object: 'queue' });
    expect(await ok('explain', chat('auto', 'Write a poem.'))).toMatchObject({
      plan: { candidates: expect.any(Array) },
    });
    expect(await refused('jobs.list', { colour: 'red' })).toMatchObject({ status: '400' });
  });

  it('brings a file, runs it as a batch, and fetches what came of it', async () => {
    const lines = [1, 2].map((n) =>
      JSON.stringify({
        custom_id: `l${n}`,
        method: 'POST',
        url: '/v1/chat/completions',
        body: chat(MODEL, `What is ${n} + 1?`),
      }),
    );
    const data = Buffer.from(`${lines.join('\n')}\n`).toString('base64');
    const file = await ok<{ id: string }>('files.create', { filename: 'lines.jsonl', purpose: 'batch', data });
    expect((await ok<Listed>('files.list', { limit: 10 })).data.map(({ id }) => id)).toContain(file.id);
    expect(soundOf(await stream('files.content', { id: file.id })).toString()).toBe(`${lines.join('\n')}\n`);
    const wish = {
      input_file_id: file.id,
      endpoint: '/v1/chat/completions',
      completion_window: '24h',
      lane: 'realtime',
    };
    const { id } = await ok<{ id: string }>('batches.create', wish);
    const done = await eventually(async () => {
      const batch = await ok<{ status: string; output_file_id: string }>('batches.get', { id });
      if (batch.status !== 'completed') throw new Error(`the batch is ${batch.status}`);
      return batch;
    });
    expect((await ok<Listed>('batches.list')).data.map((batch) => batch.id)).toContain(id);
    expect(await ok('batches.cancel', { id })).toMatchObject({ id, status: 'completed' });
    const results = soundOf(await stream('files.content', { id: done.output_file_id }))
      .toString()
      .trim()
      .split('\n');
    expect(results.map((line) => (JSON.parse(line) as { custom_id: string }).custom_id).sort()).toEqual(['l1', 'l2']);
    expect(await ok('files.delete', { id: file.id })).toMatchObject({ deleted: true });
    expect((await stream('files.content', { id: file.id })).map(kindOf)).toEqual(['error', 'end']);
    expect(await refused('files.get', { id: file.id })).toMatchObject({ status: '404' });
    expect(await refused('files.create', { filename: 'x', purpose: 'other', data })).toMatchObject({
      param: 'purpose',
    });
  });

  it('defines, checks, plans, runs and looks up workflows', async () => {
    const workflow = 'over-nats';
    const source = `name: ${workflow}\npipeline: { stages: [{ name: a, model: ${MODEL} }] }`;
    expect(await ok('workflows.check', source)).toEqual({ object: 'workflow.check', ok: true, problems: [] });
    expect(await ok('workflows.define', source)).toMatchObject({ name: workflow, version: 1 });
    expect(await ok('workflows.show', { workflow, version: 1 })).toMatchObject({ name: workflow });
    expect((await ok<Listed>('workflows.versions', { workflow })).data).toHaveLength(1);
    expect(await ok('workflows.plan', { workflow, input: 'Why?' })).toMatchObject({ stages: [{ name: 'a' }] });
    const { id } = await ok<{ id: string }>('workflows.run', { workflow, input: 'Why?' });
    expect(await ok('workflows.get', { id })).toMatchObject({ id, status: 'succeeded' });
    expect((await ok<Listed>('workflows.runs', { workflow, limit: 5 })).data.map((run) => run.id)).toEqual([id]);
    expect(await ok('workflows.schema')).toMatchObject({ $id: 'urn:skein:workflow' });
    expect(await ok('workflows.list')).toMatchObject({ object: 'list' });
    expect(await refused('workflows.show', { workflow: 'none' })).toMatchObject({ status: '404' });
    expect(await refused('workflows.get', { id: 'run_none' })).toMatchObject({ status: '404' });
    expect(await refused('workflows.cancel', { id: 'run_none' })).toMatchObject({ status: '404' });
  });

  it('keeps schedules and webhooks', async () => {
    const job = { endpoint: '/v1/chat/completions', body: chat(MODEL, 'hi') };
    const schedule = await ok<{ id: string }>('schedules.create', { cron: '0 3 * * *', job });
    expect((await ok<Listed>('schedules.list')).data.map(({ id }) => id)).toContain(schedule.id);
    expect(await ok('schedules.delete', { id: schedule.id })).toMatchObject({ deleted: true });
    const webhook = await ok<{ id: string; secrets: string[] }>('webhooks.create', { url: 'https://example.com/hook' });
    expect(await ok('webhooks.get', { id: webhook.id })).toMatchObject({ id: webhook.id });
    expect((await ok<Listed>('webhooks.list')).data.map(({ id }) => id)).toContain(webhook.id);
    expect(await ok('webhooks.deliveries', { id: webhook.id })).toMatchObject({ data: [] });
    const { secrets } = await ok<{ secrets: string[] }>('webhooks.rotate', { id: webhook.id });
    expect(secrets).toEqual([expect.any(String), ...webhook.secrets]);
    expect(await refused('webhooks.redeliver', { id: webhook.id, delivery: 'none' })).toMatchObject({ status: '404' });
    expect(await ok('webhooks.delete', { id: webhook.id })).toMatchObject({ deleted: true });
  });
}
