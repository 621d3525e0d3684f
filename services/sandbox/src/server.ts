// One request from arrival to audit: which vendor, whose key, what knobs, then the wire reads and the delivery sends.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { answerTo } from './answers.js';
import { createAnthropicWire } from './anthropic-wire.js';
import { Audit, type Served } from './audit.js';
import { BatchDesk } from './batch-desk.js';
import { answerBatchCall } from './batch-wires.js';
import { bedrockWire } from './bedrock-wire.js';
import { cohereWire } from './cohere-wire.js';
import { control } from './control.js';
import {
  deliverBefore,
  deliverGeneration,
  deliverLookupStream,
  deliverReply,
  usageOfAnswers,
  type Delivery,
} from './delivery.js';
import { Exchange } from './exchange.js';
import { googleWire } from './google-wire.js';
import { createMint } from './ids.js';
import { parseJson } from './json.js';
import { KnobBoard } from './knob-board.js';
import { KnobError, parseKnobs, readDirectives, type Knobs } from './knobs.js';
import { openaiWire } from './openai-wire.js';
import { serveResponsesSocket } from './responses-socket.js';
import { RateWindows } from './rate-window.js';
import { vertexWire } from './vertex-wire.js';
import type { Generation, Lookup, Moment, Problem, Refusal, VendorRequest, Wire } from './wire.js';

export /** Who only looks whether the vendor is there is answered as it stands, and counts for nothing. */
const PROBE_HEADER = 'x-skein-probe';

interface ServerSettings {
  /** What holds at every vendor until set otherwise. */
  knobs: Knobs;
  auditCapacity: number;
}

const MOST_BODY_BYTES = 64 * 1024 * 1024;
/** Long enough to be seen running, short enough to wait for. */
const BATCH_MS = 300;
const LONGEST_CORRELATION = 256;
const MOST_CORRELATIONS = 32;
const CONCURRENCY_RETRY_SECONDS = 1;

interface Judged {
  reading: Generation | Lookup | Refusal;
  knobs: Knobs;
}

/** Builds the HTTP server; it does not listen yet. */
export function createSandboxServer(settings: ServerSettings): Server {
  const audit = new Audit(settings.auditCapacity);
  const board = new KnobBoard(settings.knobs);
  const windows = new RateWindows();
  const mint = createMint();
  const inFlight = new Map<string, number>();
  const ownWires = new Map<string, Wire>([
    ['anthropic', createAnthropicWire()],
    ['google', googleWire],
    ['vertex', vertexWire],
    ['cohere', cohereWire],
    ['bedrock', bedrockWire],
  ]);
  const wireOf = (vendor: string): Wire => ownWires.get(vendor) ?? openaiWire;
  const batches = new BatchDesk(answerBatched, paceOf, Date.now);

  function paceOf(vendor: string) {
    const { batch_ms: batchMs = BATCH_MS, batch_done: doneWhenCancelled = 0 } = board.of(vendor);
    return { batchMs, doneWhenCancelled };
  }

  /** A request of a batch: read and answered like any other, without waits and faults in its delivery. */
  function answerBatched(request: VendorRequest, id: string): { status: number; body: string } {
    const { vendor, nowMs } = request;
    const wire = wireOf(vendor);
    const { reading, knobs } = judge(wire, request, false);
    const moment: Moment = {
      requestId: wire.requestId(vendor, mint, new Date(nowMs)),
      mint,
      now: new Date(nowMs),
      quota: windows.take(vendor, 0, nowMs),
    };
    const told = answerAtOnce(wire, vendor, reading, knobs, moment);
    const delivery: Delivery = {
      status: told.status,
      usage: told.usage,
      outcome: told.usage === null ? 'error' : 'complete',
      chunksSent: 0,
    };
    const entry = entryOf(request, reading, delivery, moment, null);
    audit.finish({ ...entry, correlation: { ...entry.correlation, 'x-skein-attempt': id } });
    return told;
  }

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(message.url ?? '/', 'http://sandbox');
    const [, vendor = '', path = ''] = /^\/([^/]*)(.*)$/.exec(url.pathname) ?? [];
    const nowMs = Date.now();
    const body = await readBody(message);
    const method = message.method ?? 'GET';
    if (vendor === '__sandbox') {
      const reply = control(method, path, url.searchParams, body?.toString('utf8') ?? '', board, audit);
      response.writeHead(reply.status, { 'content-type': 'application/json' }).end(JSON.stringify(reply.body));
      return;
    }
    const request: VendorRequest = {
      vendor,
      method,
      path,
      query: url.searchParams,
      headers: message.headers,
      body: body?.toString('utf8') ?? '',
      raw: body ?? Buffer.alloc(0),
      nowMs,
    };
    const begunBefore = batches.begun;
    const batchReply = wireOf(vendor).refuseKey(request) === undefined ? answerBatchCall(request, batches) : undefined;
    if (batches.begun > begunBefore && board.of(vendor).batch_cut === true) return void message.socket.destroy();
    if (batchReply !== undefined) {
      response.writeHead(batchReply.status, { 'content-type': batchReply.contentType }).end(batchReply.body);
      return;
    }
    await serveVendor(request, new Exchange(response), body === undefined);
  }

  async function serveVendor(request: VendorRequest, exchange: Exchange, isTooLarge: boolean): Promise<void> {
    const { vendor, nowMs } = request;
    const wire = wireOf(vendor);
    const { reading, knobs } = judge(wire, request, isTooLarge);
    const tokens = reading.kind === 'generation' ? reading.ask.inputTokens : 0;
    const moment: Moment = {
      requestId: wire.requestId(vendor, mint, new Date(nowMs)),
      mint,
      now: new Date(nowMs),
      quota: windows.take(vendor, tokens, nowMs, knobs.quota),
    };
    if (PROBE_HEADER in request.headers) {
      await deliver(wire, vendor, reading, knobs, exchange, moment);
      return;
    }
    const leave = enter(vendor, reading);
    const delivery = await deliver(wire, vendor, reading, knobs, exchange, moment).finally(leave);
    audit.finish(entryOf(request, reading, delivery, moment, exchange.firstByteAtMs));
  }

  /** Takes a place among those being served. Refusals take none, so that a full vendor does not fill itself with the requests it turns away. */
  function enter(vendor: string, reading: Judged['reading']): () => void {
    audit.begin();
    if (reading.kind === 'refusal') return () => audit.end();
    inFlight.set(vendor, (inFlight.get(vendor) ?? 0) + 1);
    return () => {
      const left = (inFlight.get(vendor) ?? 1) - 1;
      if (left === 0) inFlight.delete(vendor);
      else inFlight.set(vendor, left);
      audit.end();
    };
  }

  function judge(wire: Wire, request: VendorRequest, isTooLarge: boolean): Judged {
    const refused = (problem: Problem, knobs: Knobs = {}, model = ''): Judged => ({
      reading: { kind: 'refusal', endpoint: 'unknown', model, problem: { ...problem, model } },
      knobs,
    });
    if (isTooLarge) return refused({ kind: 'too_large', status: 413 });
    const keyProblem = wire.refuseKey(request);
    if (keyProblem !== undefined) return refused(keyProblem);
    const body = request.method === 'POST' ? parseJson(request.body) : undefined;
    const { model, lastText } = wire.glance(request, body);
    try {
      const directives = readDirectives(lastText, request.vendor, model);
      const layers = [...headerLayers(request), ...directives.layers];
      const knobs = board.draw(request.vendor, layers);
      const reading = wire.read(request, body, directives.prompt, knobs.cached ?? 0);
      const refuseAs = (problem: Problem): Refusal => ({
        kind: 'refusal',
        endpoint: reading.endpoint,
        model,
        problem: { ...problem, model },
      });
      const isFull = knobs.concurrency !== undefined && (inFlight.get(request.vendor) ?? 0) >= knobs.concurrency;
      // A full vendor turns away at once, whatever latency and faults are set for those it serves.
      if (isFull)
        return {
          reading: refuseAs({
            kind: 'rate_limited',
            status: 429,
            retryAfterSeconds: knobs.retry_after ?? CONCURRENCY_RETRY_SECONDS,
          }),
          knobs: {},
        };
      const forced = forcedProblem(knobs);
      return { reading: forced === undefined ? reading : refuseAs(forced), knobs };
    } catch (error) {
      if (!(error instanceof KnobError)) throw error;
      return refused({ kind: 'bad_request', status: 400, message: `sandbox: ${error.message}` }, {}, model);
    }
  }

  const server = createServer({ keepAlive: true, requestTimeout: 0 }, (message, response) => {
    serve(message, response).catch((error: unknown) => {
      // Only a bug or a client that left mid-upload gets here; neither may stop the sandbox.
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: `sandbox failure: ${error instanceof Error ? error.message : 'unknown'}` }));
    });
  });
  server.keepAliveTimeout = 60_000;
  serveResponsesSocket(server);
  return server;
}

/** An answer without a connection: what would stand in its body. */
function answerAtOnce(
  wire: Wire,
  vendor: string,
  reading: Generation | Lookup | Refusal,
  knobs: Knobs,
  moment: Moment,
): { status: number; body: string; usage: Delivery['usage'] } {
  if (reading.kind === 'refusal') {
    const { status, body } = wire.refuse(vendor, reading.problem, moment);
    return { status, body, usage: null };
  }
  if (reading.kind === 'lookup') return { status: 200, body: reading.reply(moment).body, usage: reading.usage };
  const bend = { tokens: knobs.tokens, isEmpty: knobs.empty, rejects: knobs.reject, items: knobs.items };
  const answers = Array.from({ length: reading.choices }, (_, choice) => answerTo(reading.ask, choice, bend));
  return { status: 200, body: reading.answer(answers, moment).body, usage: usageOfAnswers(reading, answers) };
}

function headerLayers({ headers }: VendorRequest): Knobs[] {
  const header = headers['x-sandbox'];
  return header === undefined ? [] : [parseKnobs(String(header))];
}

function forcedProblem(knobs: Knobs): Problem | undefined {
  if (knobs.status === undefined) return undefined;
  const kind = knobs.status === 429 ? 'rate_limited' : 'forced';
  return { kind, status: knobs.status, retryAfterSeconds: knobs.retry_after, code: knobs.code };
}

async function deliver(
  wire: Wire,
  vendor: string,
  reading: Generation | Lookup | Refusal,
  knobs: Knobs,
  exchange: Exchange,
  moment: Moment,
): Promise<Delivery> {
  const early = await deliverBefore(exchange, knobs);
  if (early !== undefined) return early;
  if (reading.kind === 'refusal') {
    const { status, ...reply } = wire.refuse(vendor, reading.problem, moment);
    return deliverReply(exchange, status, reply, null);
  }
  if (reading.kind === 'lookup') {
    if (reading.stream === undefined) return deliverReply(exchange, 200, reading.reply(moment), reading.usage, knobs);
    return deliverLookupStream(exchange, reading.stream(moment), reading.usage, knobs);
  }
  const bend = { tokens: knobs.tokens, isEmpty: knobs.empty, rejects: knobs.reject, items: knobs.items };
  const answers = Array.from({ length: reading.choices }, (_, choice) => answerTo(reading.ask, choice, bend));
  return deliverGeneration(exchange, reading, answers, moment, knobs);
}

function entryOf(
  request: VendorRequest,
  reading: Judged['reading'],
  delivery: Delivery,
  moment: Moment,
  firstByteAtMs: number | null,
): Omit<Served, 'seq'> {
  const correlations = Object.entries(request.headers)
    .filter(([name]) => name.startsWith('x-skein-'))
    .slice(0, MOST_CORRELATIONS)
    .map(([name, value]) => [name, String(value).slice(0, LONGEST_CORRELATION)] as const);
  return {
    vendor: request.vendor,
    model: reading.model,
    endpoint: reading.endpoint,
    status: delivery.status,
    stream:
      reading.kind === 'generation' ? reading.isStream : reading.kind === 'lookup' && reading.stream !== undefined,
    usage: delivery.usage,
    outcome: delivery.outcome,
    chunks_sent: delivery.chunksSent,
    started_at: new Date(request.nowMs).toISOString(),
    first_byte_at: firstByteAtMs === null ? null : new Date(firstByteAtMs).toISOString(),
    finished_at: new Date().toISOString(),
    request_id: moment.requestId,
    correlation: Object.fromEntries(correlations),
  };
}

/** The whole body; undefined when it is larger than any vendor takes. */
async function readBody(message: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size <= MOST_BODY_BYTES) chunks.push(chunk);
  }
  return size > MOST_BODY_BYTES ? undefined : Buffer.concat(chunks);
}
