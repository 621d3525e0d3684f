/**
 * The caller of the bus parts. Told by its parent which way to go and how many at once, it goes round for so long and
 * says what it counted. NATS_URL in the environment.
 */
import { jetstream } from '@nats-io/jetstream';
import { connectBus } from '@skein/bus';
import { processEnvironment } from '@skein/config';
import { AttemptFinished, noUsage, type AttemptFinishedFact } from '@skein/contracts/attempt';
import { createLogger } from '@skein/telemetry';
import { percentile } from '../statistics.ts';
import { connectNats } from '../subjects/chain-nats.ts';
import type { BusWay, Lap, LapResult } from './bus-parts.ts';
import { EchoFar, EchoNear, RAW_SUBJECT, text } from './echo-contract.ts';

const url = processEnvironment()['NATS_URL'] ?? '';
const logger = createLogger('bench', 'warn');
const bus = await connectBus({ url, instance: 'bench-caller', rooms: ['bench'], local: 'prefer', logger });
bus.serve('bench', EchoNear, (request) => request);
const nats = await connectNats(url);
const stream = jetstream(nats);

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const context = () => ({ requestId: 'req_bench', tenant: 'bench', deadline: performance.now() + 30_000 });
let counter = 0;

function fact(): AttemptFinishedFact {
  counter += 1;
  return {
    attempt_id: `att_${process.pid}_${counter}`,
    request_id: `req_${process.pid}_${counter}`,
    attempt_no: 1,
    kind: 'live',
    caller: { tenant: 'bench', project: null, key_id: 'bench', user: null, cost_center: null },
    vendor: 'openai',
    model: 'gpt-bench',
    task: 'qa',
    at: Date.now(),
    outcome: 'finished',
    usage: { ...noUsage },
    usage_source: 'provider',
    cost_nano_usd: 1,
    price_revision: 'bench',
    finish_reason: 'stop',
    first_byte_ms: 1,
    total_ms: 1,
    stream: false,
    sandboxed: false,
    model_served: 'gpt-bench',
    vendor_request_id: 'chatcmpl-bench',
    error: null,
    instance: 'bench-caller',
  };
}

const ways: Record<BusWay, () => Promise<unknown>> = {
  'bus call, another process': () => bus.call(EchoFar, { text }, context()),
  'bus call, same process': () => bus.call(EchoNear, { text }, context()),
  // The same JSON work at both ends of the caller: what is compared is the way, not the parsing.
  'nats.request': async () =>
    JSON.parse(
      decoder.decode(
        (await nats.request(RAW_SUBJECT, encoder.encode(JSON.stringify({ text })), { timeout: 30_000 })).data,
      ),
    ),
  'fact stated → acknowledged': () => bus.state(AttemptFinished, fact()),
  'jetstream.publish': () => {
    const body = fact();
    return stream.publish(AttemptFinished.subject, encoder.encode(JSON.stringify([body])), { msgID: body.attempt_id });
  },
};

async function go({ way, inFlight, ms }: Lap): Promise<LapResult> {
  const times: number[] = [];
  const round = ways[way];
  const startedAt = performance.now();
  const until = startedAt + ms;
  const runner = async () => {
    for (let now = performance.now(); now < until;) {
      await round();
      const then = performance.now();
      times.push(then - now);
      now = then;
      // A way that never leaves the process must not keep its timers from running.
      if (times.length % 256 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await Promise.all(Array.from({ length: inFlight }, runner));
  const seconds = (performance.now() - startedAt) / 1000;
  times.sort((a, b) => a - b);
  return { rounds: times.length, seconds, p50Us: percentile(times, 0.5) * 1000, p99Us: percentile(times, 0.99) * 1000 };
}

process.on('message', (lap: Lap) => void go(lap).then((result) => process.send?.(result)));
process.send?.('ready');
