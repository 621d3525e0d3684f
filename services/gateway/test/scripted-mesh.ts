import { createHash } from 'node:crypto';
import { storeDownForAll } from '@skein/limits';
import type { ApiMessage, Bus, CallOptions, Lease } from '@skein/bus';
import type { AnswerHead, UsageFrame } from '@skein/contracts/attempt';
import { KeysSnapshot, type KeysRevision } from '@skein/contracts/billing';
import { CountTokens } from '@skein/contracts/classifier';
import { SkeinError } from '@skein/contracts/errors';
import type { Rpc, Snapshot } from '@skein/contracts/make';
import { Complete, ExplainRoute, type CompletionOrder, type CompletionResult } from '@skein/contracts/orchestrator';
import type { CallContext, Frame, FrameKind } from '@skein/contracts/wire';
import { createLogger } from '@skein/telemetry';
import { freePort } from '@skein/testkit';
import { hostGateway } from '../src/host.js';

export const KEY = 'sk-test';
const unlimited = { requests_per_minute: null, tokens_per_minute: null, in_flight: null };
const keys: KeysRevision = {
  revision: 'r1',
  keys: [
    {
      id: 'key_1',
      sha256: createHash('sha256').update(KEY).digest('hex'),
      tenant: 'acme',
      project: null,
      user: null,
      admin: false,
      limits: unlimited,
    },
  ],
  tenants: {},
};

export const head: AnswerHead = {
  attempt_id: 'att_1',
  attempt_no: 1,
  vendor: 'openai',
  model: 'gpt-4o',
  reason: 'asked for by name',
  cache: 'off',
  notices: [],
};

export const used: UsageFrame = {
  head,
  usage: {
    input_uncached: 9,
    cache_read: 3,
    cache_write_5m: 2,
    cache_write_1h: 0,
    audio_in: 0,
    image_in: 0,
    output: 7,
    reasoning: 0,
    audio_out: 0,
  },
  usage_source: 'provider',
  cost_nano_usd: 1_500,
  finish_reason: 'stop',
  first_byte_ms: 1,
  total_ms: 2,
};

/** One frame of an answer: its kind, and its body as JSON. */
export type Played = readonly [kind: FrameKind, body?: unknown];
export interface Play {
  readonly frames: readonly Played[];
  /** Given where the request fails. */
  readonly error?: SkeinError;
}

/** A bus whose other side is the test: it plays the frames of an answer and keeps what was ordered. */
export class ScriptedBus implements Bus {
  readonly instance = 'gateway-1';
  readonly takesFacts = true;
  readonly isConnected = true;
  readonly fleet = {
    isAlive: () => true,
    workersOf: () => [],
    vendors: () => new Map([['anthropic', 'sandbox'] as const, ['openai', 'sandbox'] as const]),
    isAway: () => false,
    isCutOff: false,
    refusalOf: () => null,
    refusalOfWorkers: () => null,
    processesOf: () => 1,
    rooms: () => new Set<string>(),
    onLost: () => () => undefined,
    onChange: () => () => undefined,
  };
  readonly orders: { readonly order: CompletionOrder; readonly body: unknown }[] = [];
  /** What is answered next. */
  play: Play = { frames: [] };
  /** What the mesh explains; throws where nobody is there. */
  explain: (body: unknown) => unknown = () => {
    throw new SkeinError('no_responders', 'nobody is there');
  };
  /** What the classifier counts; throws where nobody is there. */
  tokens: () => number = () => {
    throw new SkeinError('no_responders', 'nobody is there');
  };
  readonly #apis = new Map<string, (message: ApiMessage) => Promise<void>>();
  #sink: (requestId: string, attemptNo: number, frame: Frame) => void = () => undefined;

  async call<Request, Reply>(
    contract: Rpc<Request, Reply>,
    request: Request,
    _context: CallContext,
    options: CallOptions = {},
  ): Promise<Reply> {
    // The listener is not ready before the call has begun.
    await Promise.resolve();
    if (contract.subject === ExplainRoute.subject) return this.explain(options.body?.json) as Reply;
    if (contract.subject === CountTokens.subject) return { tokens: this.tokens() } as Reply;
    if (contract.subject !== Complete.subject) throw new SkeinError('no_responders', contract.subject);
    const order = request as CompletionOrder;
    this.orders.push({ order, body: options.body?.json });
    this.#playTo(order);
    const { error } = this.play;
    const result: CompletionResult = {
      status: error === undefined ? 'succeeded' : 'failed',
      error: error?.toWire() ?? null,
      cache: 'off',
      store_as: null,
      attempts: [],
      explanation: null,
    };
    return result as Reply;
  }

  #playTo({ request_id }: CompletionOrder): void {
    this.play.frames.forEach(([kind, body], seq) => {
      const payload = new TextEncoder().encode(body === undefined ? '' : JSON.stringify(body));
      this.#sink(request_id, 1, { kind, seq, hasContent: kind === 'chunk', payload });
    });
  }

  takeFrames(listener: (requestId: string, attemptNo: number, frame: Frame) => void): void {
    this.#sink = listener;
  }

  watchSnapshot<Body>(snapshot: Snapshot<Body>, listener: (body: Body) => void): Promise<() => void> {
    // No policy is published here.
    if (snapshot.bucket === KeysSnapshot.bucket && snapshot.key === KeysSnapshot.key) {
      listener(KeysSnapshot.body.parse(keys) as Body);
    }
    return Promise.resolve(() => undefined);
  }

  tellStats(): void {
    // Nobody asks this mesh for statistics.
  }

  serveApi(subject: string, handler: (message: ApiMessage) => Promise<void>): void {
    this.#apis.set(subject, handler);
  }

  /** Asks over NATS: every message that came to the inbox, its header `skein-kind` and its body. */
  async askApi(subject: string, headers: Record<string, string>, body: unknown) {
    const replies: { headers: Readonly<Record<string, string>>; json: unknown }[] = [];
    await this.#apis.get(subject)?.({
      subject,
      headers,
      bytes: new TextEncoder().encode(JSON.stringify(body)),
      replyTo: '_INBOX.1',
      reply: (told, bytes) =>
        replies.push({ headers: told, json: bytes.length === 0 ? null : JSON.parse(new TextDecoder().decode(bytes)) }),
    });
    return replies;
  }

  serve = (): void => undefined;
  tell = (): void => undefined;
  state = (): Promise<void> => Promise.resolve();
  emitFrame = (): void => undefined;
  readFacts = (): Promise<() => Promise<void>> => Promise.resolve(() => Promise.resolve());
  watchFacts = () => () => undefined;
  putSnapshot = (): Promise<void> => Promise.resolve();
  lease = (): Lease => ({ tryHold: async () => true, letGo: async () => undefined });
  announceVendor = (): void => undefined;
  publishEvent = (): void => undefined;
}

export interface OpenDoor {
  readonly bus: ScriptedBus;
  readonly url: string;
  close(): Promise<void>;
}

/** The gateway's HTTP door on a free port, over a scripted mesh. Its Redis is away: nothing here is limited. */
export async function openDoor(): Promise<OpenDoor> {
  const bus = new ScriptedBus();
  const port = await freePort();
  const closing: (() => Promise<void> | void)[] = [];
  const room = await hostGateway({
    bus,
    settings: {
      GATEWAY_PORT: port,
      GATEWAY_HOST: '127.0.0.1',
      GATEWAY_BODY_LIMIT_BYTES: 64 * 1024,
      REDIS_URL: 'redis://127.0.0.1:1',
      LIMITS_ON_STORE_DOWN: storeDownForAll('open'),
      GATEWAY_MAX_IN_FLIGHT: 100,
      GATEWAY_MAX_WAITING: 100,
      GATEWAY_MAX_WAIT_MS: 1_000,
      GATEWAY_MAX_BODY_BYTES_HELD: 64 * 1024 * 1024,
    },
    logger: createLogger('test', 'silent'),
    readiness: { add: () => undefined, missing: () => [] },
    lifecycle: { onServing: () => undefined, onDrain: () => undefined, onClose: (step) => void closing.push(step) },
    metrics: () => undefined,
  });
  return {
    bus,
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      await room.stop();
      for (const step of closing) await step();
    },
  };
}
