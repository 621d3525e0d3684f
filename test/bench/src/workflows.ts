/**
 * `npm run bench:workflows`: the latency law of workflows, as ratios measured side by side in one run. Every pattern and a bare
 * request take turns, so that a noisy machine is noisy for all of them. Vendors take a fixed time each (the sandbox).
 */
import { parseArgs } from 'node:util';
import { startMesh, type Mesh } from '@skein/testkit';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '30' } } });
const rounds = Number(values.rounds);
const CALL_MS = 400;
const LONG_MS = 600;

const call = (ms: number): string =>
  `model: openai/gpt-4o-mini, max_tokens: 20, prompt: "hi [[sandbox latency=${ms}]]"`;
const workflows = {
  one: `pipeline: { stages: [{ name: a, ${call(CALL_MS)} }] }`,
  sequence: `pipeline: { stages: [{ name: a, ${call(CALL_MS)} }, { name: b, ${call(CALL_MS)} }, { name: c, ${call(CALL_MS)} }] }`,
  parallel: `pipeline: { stages: [{ parallel: [{ name: a, ${call(CALL_MS)} }, { name: b, ${call(CALL_MS)} }, { name: c, ${call(LONG_MS)} }] }] }`,
  layered: `pipeline: { stages: [{ name: reason, ${call(CALL_MS)} }, { name: execute, ${call(CALL_MS)} }, { name: check, kind: verify, model: openai/gpt-4o-mini, criteria: "[[sandbox latency=${CALL_MS}]]" }] }`,
};
type Pattern = keyof typeof workflows | 'bare' | 'bare long';

async function timed(work: () => Promise<{ status: number; text: string }>): Promise<number> {
  const startedAt = performance.now();
  const { status, text } = await work();
  if (status !== 200) throw new Error(text);
  return performance.now() - startedAt;
}

function bare(mesh: Mesh, ms: number, no: number): Promise<number> {
  const content = `hi ${no} [[sandbox latency=${ms}]]`;
  return timed(() =>
    mesh.http.post('/v1/chat/completions', {
      model: 'openai/gpt-4o-mini',
      max_tokens: 20,
      messages: [{ role: 'user', content }],
    }),
  );
}

function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

const mesh = await startMesh({ environment: { LOG_LEVEL: 'error' } });
const times: Record<Pattern, number[]> = {
  bare: [],
  'bare long': [],
  one: [],
  sequence: [],
  parallel: [],
  layered: [],
};
try {
  for (const [name, yaml] of Object.entries(workflows)) {
    const { status, text } = await mesh.http.ask(`/v1/workflows/${name}`, { method: 'PUT', body: yaml });
    if (status !== 201) throw new Error(text);
  }
  for (let no = -3; no < rounds; no += 1) {
    const seen: [Pattern, number][] = [
      ['bare', await bare(mesh, CALL_MS, no)],
      ['bare long', await bare(mesh, LONG_MS, no)],
    ];
    for (const name of Object.keys(workflows) as (keyof typeof workflows)[]) {
      seen.push([name, await timed(() => mesh.http.post(`/v1/workflows/${name}/runs`, { input: `round ${no}` }))]);
    }
    // The first rounds warm up.
    if (no >= 0) for (const [name, ms] of seen) times[name].push(ms);
  }
} finally {
  await mesh.stop();
}

const at = (name: Pattern): number => median(times[name]);
const perStage = (at('sequence') - 3 * at('bare')) / 3;
const laws = [
  { law: 'sequence of 3 beside the sum of its bare calls', value: at('sequence') / (3 * at('bare')), goal: 1.1 },
  { law: 'parallel of 3 beside its longest branch', value: at('parallel') / at('bare long'), goal: 1.1 },
  { law: 'layered of 3 beside the sum of its bare calls', value: at('layered') / (3 * at('bare')), goal: 1.1 },
  { law: 'one stage beside one bare call', value: at('one') / at('bare'), goal: 1.125 },
];
process.stdout.write(
  `${rounds} rounds, medians: ${Object.keys(times)
    .map((name) => `${name} ${at(name as Pattern).toFixed(1)} ms`)
    .join(' · ')}\n`,
);
for (const { law, value, goal } of laws)
  process.stdout.write(`${value <= goal ? 'ok ' : 'NOT'} ${law}: ${value.toFixed(3)} (goal ≤ ${goal})\n`);
process.stdout.write(`engine per stage: ${perStage.toFixed(1)} ms over a bare call (goal < 50)\n`);
process.exitCode = laws.every(({ value, goal }) => value <= goal) && perStage < 50 ? 0 : 1;
