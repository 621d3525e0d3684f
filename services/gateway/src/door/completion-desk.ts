import { Inject, Injectable } from '@nestjs/common';
import { BUS } from '@skein/boot';
import { newId, runCompletion, type AnswerEnd, type AnswerListener, type Bus } from '@skein/bus';
import type { Caller } from '@skein/contracts/attempt';
import type { KeyRecord } from '@skein/contracts/billing';
import { SkeinError } from '@skein/contracts/errors';
import type { RequestMetadata } from '@skein/contracts/gateway';
import type { PlainOperation } from '@skein/contracts/operation';
import type { CompletionOrder, CompletionResult } from '@skein/contracts/orchestrator';
import { RequestBody, type CallContext } from '@skein/contracts/wire';
import { CompleteByWorkflow, RunWorkflow } from '@skein/contracts/workflows';
import { limitNames, type Admission, type Admitted, type Limiter, type LimitName } from '@skein/limits';
import type { PlainRequest } from '../plain/plain-request.js';
import { LIMITER } from '../tokens.js';
import type { AdmittedChat } from './admitted-chat.js';
import { Books } from './books.js';
import { DoorQueue } from './door-queue.js';
import { KeysView } from './keys.view.js';
import { readCacheWish, readChat, readMetadata, type DoorHeaders } from './read-chat.js';

/** No request is waited for longer than this, whatever its policy says. */
const LONGEST_REQUEST_MS = 3_600_000;
/** What a request is expected to write when it does not say; only for token limits. */
const EXPECTED_OUTPUT_TOKENS = 512;

const WORKFLOW = 'workflow/';
const isWorkflow = (model: string): boolean => model.startsWith(WORKFLOW);

export interface RunningChat {
  readonly answered: Promise<AnswerEnd>;
  readonly result: Promise<CompletionResult | null>;
  leave(): void;
}

/** Both doors' way to a completion: let it in, run it, and close the books when it is over. */
@Injectable()
export class CompletionDesk {
  constructor(
    @Inject(BUS) private readonly bus: Bus,
    @Inject(Books) private readonly books: Books,
    @Inject(LIMITER) private readonly limiter: Limiter,
    @Inject(KeysView) private readonly keys: KeysView,
    @Inject(DoorQueue) private readonly door: DoorQueue,
  ) {}

  /**
   * Authenticates, checks and admits. `toCanonical` brings another dialect's body into the canonical one. Throws the
   * caller's `SkeinError`; nothing is taken from a limit then.
   */
  async admit(
    bytes: Uint8Array,
    headers: DoorHeaders,
    toCanonical: (body: RequestBody) => RequestBody = (body) => body,
  ): Promise<AdmittedChat> {
    const receivedAt = performance.now();
    const key = this.#welcome(headers);
    const body = toCanonical(new RequestBody(bytes));
    const chat = readChat(body);
    const metadata = readMetadata(chat.metadata, headers);
    const maxOutputTokens = chat.max_completion_tokens ?? chat.max_tokens ?? null;
    const order: CompletionOrder = {
      ...this.#orderOf(key, headers, metadata, chat.user),
      operation: 'chat',
      model: chat.model,
      stream: chat.stream === true,
      temperature: chat.temperature ?? null,
      max_output_tokens: maxOutputTokens,
    };
    const tokens = Math.ceil(bytes.length / 4) + (maxOutputTokens ?? EXPECTED_OUTPUT_TOKENS);
    const conductor = isWorkflow(chat.model) ? { conductor: CompleteByWorkflow } : {};
    const admission = await this.#take(key, order, tokens, bytes.length);
    return { key, order, body, receivedAt, admission, limits: this.#limitsOf(key), ...conductor };
  }

  /** A run of a workflow that its caller waits for. The body goes to the workflows room as it came. */
  async admitRun(name: string, bytes: Uint8Array, headers: DoorHeaders, stream: boolean): Promise<AdmittedChat> {
    const receivedAt = performance.now();
    const key = this.#welcome(headers);
    const order: CompletionOrder = {
      ...this.#orderOf(key, headers, readMetadata(null, headers), undefined),
      operation: 'chat',
      model: `${WORKFLOW}${name}`,
      stream,
      temperature: null,
      max_output_tokens: null,
    };
    const tokens = Math.ceil(bytes.length / 4) + EXPECTED_OUTPUT_TOKENS;
    const admission = await this.#take(key, order, tokens, bytes.length);
    return {
      key,
      order,
      body: new RequestBody(bytes),
      receivedAt,
      admission,
      limits: this.#limitsOf(key),
      conductor: RunWorkflow,
    };
  }

  /** The same for what is no conversation. The body is read only for a caller with a key. */
  async admitPlain(
    operation: PlainOperation,
    headers: DoorHeaders,
    read: () => Promise<{ body: RequestBody; request: PlainRequest }>,
  ): Promise<AdmittedChat> {
    const receivedAt = performance.now();
    const key = this.#welcome(headers);
    const { body, request } = await read();
    const metadata = readMetadata(request.metadata, headers);
    const order: CompletionOrder = {
      ...this.#orderOf(key, headers, metadata, request.user),
      operation,
      model: request.model,
      stream: request.streamed !== null,
      temperature: null,
      max_output_tokens: null,
      input_tokens: request.inputTokens,
    };
    return {
      key,
      order,
      body,
      receivedAt,
      admission: await this.#take(key, order, request.inputTokens, body.bytes.length),
      limits: this.#limitsOf(key),
    };
  }

  /** Throws for a caller without a key, and while nothing that is used could be recorded. */
  #welcome(headers: DoorHeaders): KeyRecord {
    const key = this.keys.authenticate(headers);
    if (!this.bus.takesFacts) {
      throw new SkeinError('unavailable', 'The mesh cannot record what requests cost at the moment', {
        retryAfterMs: 1_000,
      });
    }
    return key;
  }

  /** What every order of this door says, whatever it asks for. */
  #orderOf(key: KeyRecord, headers: DoorHeaders, metadata: RequestMetadata, user: string | undefined) {
    return {
      request_id: newId('req'),
      sink: this.bus.instance,
      kind: 'live',
      caller: callerOf(key, metadata.user ?? user, metadata.cost_center),
      metadata,
      cache: readCacheWish(headers),
      on_unknown: 'next',
    } as const;
  }

  #limitsOf(key: KeyRecord): AdmittedChat['limits'] {
    const tightest = { requests_per_minute: null, tokens_per_minute: null, in_flight: null } as Record<
      LimitName,
      number | null
    >;
    for (const { limits } of this.keys.scopesOf(key)) {
      for (const name of limitNames) {
        const limit = limits[name];
        if (limit !== null) tightest[name] = Math.min(limit, tightest[name] ?? limit);
      }
    }
    return tightest;
  }

  /** A place in this gateway first, then the limits of key and tenant: what is turned away has taken from none. */
  async #take(key: KeyRecord, order: CompletionOrder, tokens: number, bytes: number): Promise<Admitted> {
    const priority = order.metadata.priority ?? 'normal';
    const place = await this.door.enter({ tenant: key.tenant, priority, bytes });
    try {
      const admission = admittedOrThrow(
        await this.limiter.admit({ scopes: this.keys.scopesOf(key), requestId: order.request_id, tokens }),
      );
      return {
        ...admission,
        release: (actualTokens) => {
          place.leave();
          return admission.release(actualTokens);
        },
      };
    } catch (thrown) {
      place.leave();
      throw thrown;
    }
  }

  run(chat: AdmittedChat, traceparent: string | undefined, listener: AnswerListener): RunningChat {
    let firstContentAt: number | null = null;
    const context: CallContext = {
      requestId: chat.order.request_id,
      tenant: chat.key.tenant,
      deadline: chat.receivedAt + LONGEST_REQUEST_MS,
      traceparent,
    };
    const watched: AnswerListener = {
      ...listener,
      onHead: (head) => {
        firstContentAt = performance.now();
        listener.onHead(head);
      },
    };
    const run = runCompletion(this.bus, chat.order, chat.body, context, watched, chat.conductor);
    void Promise.all([run.answered, run.result]).then(([end, result]) =>
      this.books.close({
        chat,
        traceparent,
        end,
        result,
        endedAt: performance.now(),
        firstContentAt,
        at: Date.now(),
      }),
    );
    return run;
  }
}

/** Who asked, as attempts and postings carry it. */
export function callerOf(key: KeyRecord, user: string | undefined, costCenter: string | undefined): Caller {
  return {
    tenant: key.tenant,
    project: key.project,
    key_id: key.id,
    user: user ?? key.user,
    cost_center: costCenter ?? null,
  };
}

function admittedOrThrow(admission: Admission): Admitted {
  if (admission.admitted) return admission;
  const { limit, scope, retryAfterMs, neverFits } = admission;
  const what = scope.startsWith('tenant:') ? 'this tenant' : 'this key';
  throw new SkeinError(
    'rate_limit_exceeded',
    neverFits
      ? `The request alone is larger than ${what}'s limit ${limit}`
      : `The limit ${limit} of ${what} is reached; try again in ${Math.ceil(retryAfterMs / 1000)} s`,
    { retryAfterMs, param: limit },
  );
}
