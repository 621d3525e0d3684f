/**
 * `npm run bench:merge`: the same lines one by one and merged, as batches of one mesh, against a vendor that takes time for
 * every token it writes (the sandbox). As many calls are under way at once in either lane. Calls and tokens are the
 * vendor's count, costs the ledger's.
 */
import { parseArgs } from 'node:util';
import { eventually, startMesh, toNanoUsd, type Mesh, type UsageAnswer } from '@skein/testkit';
import { fetch, FormData } from 'undici';
import { documents, logLines, type MergeLoad } from './loads.ts';

const { values } = parseArgs({
  options: { model: { type: 'string', default: 'openai/gpt-4o-mini' }, lines: { type: 'string' } },
});
/** Calls under way at once, by each of the four turns of a batch. */
const WIDTH = 4;
const ENDPOINT = '/v1/chat/completions';

interface BatchAnswer {
  readonly id: string;
  readonly status: string;
  readonly output_file_id: string | null;
  readonly request_counts: { readonly total: number; readonly completed: number };
  readonly cost_usd: string;
  readonly merged: { readonly calls: number; readonly lines: number; readonly redone: number } | null;
}

interface Measured {
  readonly how: string;
  readonly calls: number;
  readonly input: number;
  readonly output: number;
  readonly nanoUsd: number;
  readonly ms: number;
  readonly redone: number;
  readonly answers: ReadonlyMap<string, string>;
}

const policyOf = (most: number) =>
  JSON.stringify({
    name: `merge-${most}`,
    default: [values.model],
    batches: { merge: { mode: 'asked', least: 10, most, answer_tokens: 4_000 } },
  });

async function applyPolicy(mesh: Mesh, most: number): Promise<void> {
  const { status, text } = await mesh.http.post('/v1/policies', policyOf(most));
  if (status >= 300) throw new Error(text);
}

async function upload(mesh: Mesh, load: MergeLoad): Promise<string> {
  const lines = load.inputs.map((content, at) =>
    JSON.stringify({
      custom_id: `line-${at}`,
      method: 'POST',
      url: ENDPOINT,
      body: {
        model: values.model,
        max_tokens: load.maxTokens,
        messages: [
          { role: 'system', content: load.system },
          { role: 'user', content },
        ],
      },
    }),
  );
  const form = new FormData();
  form.set('purpose', 'batch');
  form.set('file', new Blob([lines.join('\n')]), 'lines.jsonl');
  const answer = await fetch(`${mesh.url}/v1/files`, {
    method: 'POST',
    body: form,
    headers: { authorization: `Bearer ${mesh.key}` },
  });
  if (!answer.ok) throw new Error(await answer.text());
  return ((await answer.json()) as { id: string }).id;
}

async function run(mesh: Mesh, load: MergeLoad, lane: 'realtime' | 'merge', how: string): Promise<Measured> {
  const fileId = await upload(mesh, load);
  await mesh.sandbox.reset();
  const before = toNanoUsd((await mesh.http.get<UsageAnswer>('/v1/usage')).json.cost_usd);
  const startedAt = performance.now();
  const wish = { input_file_id: fileId, endpoint: ENDPOINT, completion_window: '24h', lane };
  const created = (await mesh.http.post<BatchAnswer>('/v1/batches', wish)).json;
  const done = await ended(mesh, created.id);
  const ms = performance.now() - startedAt;
  if (done.request_counts.completed !== load.inputs.length) throw new Error(`${how}: ${JSON.stringify(done)}`);
  const nanoUsd = toNanoUsd(done.cost_usd);
  await eventually(async () => {
    const now = toNanoUsd((await mesh.http.get<UsageAnswer>('/v1/usage')).json.cost_usd);
    if (now - before !== nanoUsd) throw new Error(`the ledger has ${now - before}, the batch ${nanoUsd}`);
  });
  const served = (await mesh.sandbox.served()).filter(({ outcome }) => outcome === 'complete');
  const sum = (of: 'input' | 'output') => served.reduce((total, { usage }) => total + (usage?.[of] ?? 0), 0);
  return {
    how,
    calls: served.length,
    input: sum('input'),
    output: sum('output'),
    nanoUsd: Number(nanoUsd),
    ms,
    redone: done.merged?.redone ?? 0,
    answers: await answersOf(mesh, done.output_file_id),
  };
}

async function ended(mesh: Mesh, id: string): Promise<BatchAnswer> {
  for (;;) {
    const batch = (await mesh.http.get<BatchAnswer>(`/v1/batches/${id}`)).json;
    if (['completed', 'failed', 'expired', 'cancelled'].includes(batch.status)) return batch;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function answersOf(mesh: Mesh, fileId: string | null): Promise<ReadonlyMap<string, string>> {
  const { text } = await mesh.http.get(`/v1/files/${fileId}/content`);
  const answers = new Map<string, string>();
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const { custom_id, response } = JSON.parse(line) as {
      custom_id: string;
      response: { body: { choices: { message: { content: string } }[] } };
    };
    answers.set(custom_id, response.body.choices[0]?.message.content ?? '');
  }
  return answers;
}

const row = (cells: readonly unknown[]): string => `| ${cells.join(' | ')} |\n`;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function print(load: MergeLoad, all: readonly Measured[]): void {
  const [alone] = all;
  if (alone === undefined) return;
  process.stdout.write(`\n${load.name}, ${values.model}\n\n`);
  const head = [
    '',
    'calls',
    'tokens in',
    'tokens out',
    'cost USD',
    'saved',
    'seconds',
    'time over alone',
    'redone',
    'equal',
  ];
  process.stdout.write(row(head) + row(head.map(() => '---')));
  for (const one of all) {
    const equal = [...alone.answers].filter(([id, answer]) => one.answers.get(id) === answer).length;
    process.stdout.write(
      row([
        one.how,
        one.calls,
        one.input,
        one.output,
        (one.nanoUsd / 1e9).toFixed(6),
        percent(1 - one.nanoUsd / alone.nanoUsd),
        (one.ms / 1_000).toFixed(1),
        percent(one.ms / alone.ms - 1),
        one.redone,
        `${equal} of ${alone.answers.size}`,
      ]),
    );
    if (equal !== alone.answers.size) process.exitCode = 1;
  }
}

const mesh = await startMesh({
  environment: { LOG_LEVEL: 'error', JOBS_BATCH_WIDTH: String(WIDTH), JOBS_MERGE_WIDTH: String(WIDTH) },
});
try {
  await mesh.sandbox.setKnobs(values.model.split('/')[0] ?? '', { ttft: 400, rate: 100 });
  const warmUp = { ...logLines, inputs: logLines.inputs.slice(0, 50) };
  await applyPolicy(mesh, 25);
  for (const lane of ['realtime', 'merge'] as const) await run(mesh, warmUp, lane, 'warm-up');
  for (const load of [logLines, documents]) {
    const inputs = load.inputs.slice(0, values.lines === undefined ? undefined : Number(values.lines));
    const some = { ...load, inputs };
    const all = [await run(mesh, some, 'realtime', 'one by one')];
    for (const most of load.sizes) {
      await applyPolicy(mesh, most);
      all.push(await run(mesh, some, 'merge', `up to ${most} a call`));
    }
    print(load, all);
  }
} finally {
  await mesh.stop();
}
