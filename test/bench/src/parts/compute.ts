/** Runs the pure parts, as built, round after round. */
import { catalog } from '@skein/catalog';
import type { Features } from '@skein/contracts/classifier';
import type { DecideRouteRequest } from '@skein/contracts/router';
import { RequestBody } from '@skein/contracts/wire';
import { SseReader, openAiDialect, type Question } from '@skein/provider-kit';
import { classify } from '@skein/classifier';
import { decideRoute, type Situation } from '@skein/router';
import { benchAnswer, benchStream } from '../mock-answers.ts';
import { CHUNKS_PER_STREAM, chatBody } from '../request.ts';
import type { ComputeOrder } from './compute-parts.ts';
import type { PartVisit } from './parts.ts';
import { prompts } from './prompts.ts';
import { routerSituation, situationOfModels } from './router-situation.ts';

/** What the results go into, so that no compiler leaves the work out. */
let sink: unknown;

const bodies = prompts.map((content) => RequestBody.of({ model: 'auto', messages: [{ role: 'user', content }] }));
const CLASSIFIER_THRESHOLD = 0.45;
const features = bodies.map(({ json }) => classify(json, null, CLASSIFIER_THRESHOLD));
const orderFor = (seen: Features): DecideRouteRequest => ({
  tenant: 'bench',
  model: 'auto',
  stream: false,
  max_output_tokens: null,
  features: seen,
  metadata: {},
});
const orders = features.map(orderFor);
const oneVendor: Situation = routerSituation(catalog, ['openai']);
const fourVendors: Situation = routerSituation(catalog, ['openai', 'anthropic', 'google', 'groq']);

/** How a decision grows with the models of a policy; sixty are many. */
const MODELS = [1, 10, 30, 60, 120] as const;
const sized = MODELS.map((count) => ({ count, situation: situationOfModels(catalog, count) }));
const sixty = situationOfModels(catalog, 60);

const adapter = openAiDialect('openai');
const question = (stream: boolean): Question => ({
  body: new RequestBody(Buffer.from(chatBody({ stream, pace: 'at once' }))),
  model: 'gpt-bench',
  stream,
  continuation: null,
  record: null,
  at: Date.now(),
});

function readAStream(): void {
  const stream = adapter.prepare(question(true)).openStream();
  const reader = new SseReader((event) => void (sink = stream.feed(event)), 1_000_000);
  reader.feed(benchStream);
  reader.end();
  sink = stream.close();
}

const turn = <Value>(values: readonly Value[]): (() => Value) => {
  let at = 0;
  return () => values[(at += 1) % values.length] as Value;
};
const nextBody = turn(bodies);
const nextOrder = turn(orders);

/** `per`: how many of the unit one call does. */
const ways: readonly { part: string; way: string; per: number; run: () => void }[] = [
  {
    part: 'parse',
    way: 'JSON.parse of the 400-byte request',
    per: 1,
    run: () => (sink = new RequestBody(Buffer.from(chatBody({ stream: false, pace: 'at once' }))).json),
  },
  {
    part: 'understand',
    way: 'classify',
    per: 1,
    run: () => (sink = classify(nextBody().json, null, CLASSIFIER_THRESHOLD)),
  },
  {
    part: 'understand',
    way: 'decide, one vendor live',
    per: 1,
    run: () => (sink = decideRoute(nextOrder(), oneVendor)),
  },
  {
    part: 'understand',
    way: 'decide, four vendors live',
    per: 1,
    run: () => (sink = decideRoute(nextOrder(), fourVendors)),
  },
  {
    part: 'understand',
    way: 'classify + decide, four vendors live',
    per: 1,
    run: () => (sink = decideRoute(orderFor(classify(nextBody().json, null, CLASSIFIER_THRESHOLD)), fourVendors)),
  },
  ...sized.map(({ count, situation }) => ({
    part: 'decide',
    way: `policy of ${count} models`,
    per: 1,
    run: () => (sink = decideRoute(nextOrder(), situation)),
  })),
  {
    part: 'decide',
    way: 'classify + decide, policy of 60 models',
    per: 1,
    run: () => (sink = decideRoute(orderFor(classify(nextBody().json, null, CLASSIFIER_THRESHOLD)), sixty)),
  },
  {
    part: 'adapter (OpenAI)',
    way: 'a plain request: prepare and read',
    per: 1,
    run: () => (sink = adapter.prepare(question(false)).readWhole(benchAnswer)),
  },
  { part: 'adapter (OpenAI)', way: 'a chunk of a stream', per: CHUNKS_PER_STREAM, run: readAStream },
];

function measure({ part, way, per, run }: (typeof ways)[number], round: number, ms: number): PartVisit {
  let count = 0;
  const samplesUs: number[] = [];
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  while (performance.now() - startedAt < ms) {
    for (let i = 1; i < 20; i += 1) run();
    // One in twenty is timed by itself: the clock costs more than some parts.
    const callAt = performance.now();
    run();
    samplesUs.push(((performance.now() - callAt) * 1000) / per);
    count += 20 * per;
  }
  const cpu = process.cpuUsage(cpuBefore);
  const cpuUs = (cpu.user + cpu.system) / count;
  // A core's rate is that of the CPU time: what neighbours took of the clock is not the part's.
  return {
    part,
    way,
    inFlight: 0,
    round,
    perSecond: 1e6 / cpuUs,
    p50Us: percentileOf(samplesUs, 0.5),
    p99Us: percentileOf(samplesUs, 0.99),
    cpuUs,
  };
}

function percentileOf(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

process.on('message', ({ rounds, ms }: ComputeOrder) => {
  for (const way of ways) measure(way, -1, ms * 2);
  const visits: PartVisit[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const way of round % 2 === 0 ? ways : [...ways].reverse()) visits.push(measure(way, round, ms));
  }
  if (sink === undefined) throw new Error('nothing was computed');
  process.send?.(visits);
});
process.send?.('ready');
