/** The other end of the bus round trip: answers the contract and the bare subject. NATS_URL in the environment. */
import { connectBus } from '@skein/bus';
import { processEnvironment } from '@skein/config';
import { createLogger } from '@skein/telemetry';
import { connectNats } from '../subjects/chain-nats.ts';
import { EchoFar, RAW_SUBJECT } from './echo-contract.ts';
import { serveNestEcho } from './nest-echo.ts';

const url = processEnvironment()['NATS_URL'] ?? '';
const logger = createLogger('bench', 'warn');
const bus = await connectBus({ url, instance: 'bench-server', rooms: ['bench'], local: 'prefer', logger });
bus.serve('bench', EchoFar, (request) => request);
await bus.subscribed();

const nats = await connectNats(url);
nats.subscribe(RAW_SUBJECT, { callback: (_error, message) => void message.respond(message.data) });
await nats.flush();
await serveNestEcho(url);
process.send?.('ready');
