/** The caller of the bus parts. NATS_URL in the environment. */
import { jetstream } from '@nats-io/jetstream';
import { connectBus } from '@skein/bus';
import { processEnvironment } from '@skein/config';
import { AttemptFinished } from '@skein/contracts/attempt';
import { createLogger } from '@skein/telemetry';
import { firstValueFrom } from 'rxjs';
import { connectNats } from '../subjects/chain-nats.ts';
import { answerLaps, type Way } from './answer-laps.ts';
import { nextFact } from './attempt-fact.ts';
import type { BusWay } from './bus-parts.ts';
import { EchoFar, EchoNear, RAW_SUBJECT, text } from './echo-contract.ts';
import { NEST_SUBJECT, connectNestClient } from './nest-echo.ts';

const url = processEnvironment()['NATS_URL'] ?? '';
const logger = createLogger('bench', 'warn');
const bus = await connectBus({ url, instance: 'bench-caller', rooms: ['bench'], local: 'prefer', logger });
bus.serve('bench', EchoNear, (request) => request);
const nats = await connectNats(url);
const stream = jetstream(nats);
const nest = await connectNestClient(url);

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const context = () => ({ requestId: 'req_bench', tenant: 'bench', deadline: performance.now() + 30_000 });
const ways: Record<BusWay, Way> = {
  'bus call, another process': () => ignored(bus.call(EchoFar, { text }, context())),
  'bus call, same process': () => ignored(bus.call(EchoNear, { text }, context())),
  "Nest's own NATS transport": () => ignored(firstValueFrom(nest.send(NEST_SUBJECT, { text }))),
  // The same JSON work at both ends of the caller: what is compared is the way, not the parsing.
  'nats.request': async () => {
    const { data } = await nats.request(RAW_SUBJECT, encoder.encode(JSON.stringify({ text })), { timeout: 30_000 });
    sink = JSON.parse(decoder.decode(data));
  },
  'fact stated → acknowledged': () => ignored(bus.state(AttemptFinished, nextFact())),
  'jetstream.publish': () => {
    const body = nextFact();
    const bytes = encoder.encode(JSON.stringify([body]));
    return ignored(stream.publish(AttemptFinished.subject, bytes, { msgID: body.attempt_id }));
  },
};

/** What the parsed answer goes into, so that no compiler leaves the work out. */
let sink: unknown;
process.once('exit', () => sink);

async function ignored(work: Promise<unknown>): Promise<void> {
  await work;
}

answerLaps(ways);
