import type { z } from 'zod';
import type { ErrorCode } from '../errors/error-table.js';

/**
 * The makers of contracts. A contract is one value that both ends import: the caller's `bus.call(X, …)` and the server's
 * `@Serves(X)` meet in "find references". Types are inferred from the schema; nobody writes a DTO beside it.
 */

/** A call that someone waits for: request and reply are plain JSON. */
export interface Rpc<Request, Reply> {
  readonly maker: 'rpc';
  readonly subject: string;
  readonly request: z.ZodType<Request>;
  readonly reply: z.ZodType<Reply>;
  /** The codes its reply may carry beyond `internal`, `unavailable`, `deadline_exceeded`, `no_responders` and `cancelled`. */
  readonly errors: readonly ErrorCode[];
  /** Longest wait of a caller that has no nearer deadline, in ms. */
  readonly deadlineMs: number;
  /** `queue`: one server of the room answers. `instance`: the subject names the one process that can. */
  readonly reach: 'queue' | 'instance';
  /** A large member of the reply that most who get it only pass on: read where somebody looks at it. */
  readonly replyTail?: string;
  /** Does the request carry the customer's bytes beside its envelope? */
  readonly carriesBody: boolean;
  /** Servers say `accepted{instance}` when the reply takes longer than a moment; needed for cancel and for beats. */
  readonly long: boolean;
  /** The id (request or attempt) by which a long call is cancelled. */
  readonly cancelId?: (request: Request) => string;
}

interface RpcOptions<Request, Reply> {
  subject: string;
  request: z.ZodType<Request>;
  reply: z.ZodType<Reply>;
  errors?: readonly ErrorCode[];
  deadlineMs: number;
  reach?: 'queue' | 'instance';
  long?: { cancelId: (request: Request) => string };
  replyTail?: string & keyof Reply;
}

const baseRpc = <Request, Reply>(options: RpcOptions<Request, Reply>) => ({
  maker: 'rpc' as const,
  subject: options.subject,
  request: options.request,
  reply: options.reply,
  errors: options.errors ?? [],
  deadlineMs: options.deadlineMs,
  reach: options.reach ?? ('queue' as const),
  long: options.long !== undefined,
  ...(options.long && { cancelId: options.long.cancelId }),
  ...(options.replyTail !== undefined && { replyTail: options.replyTail }),
});

/** Makes a contract whose request is plain JSON. */
export function rpc<Request, Reply>(options: RpcOptions<Request, Reply>): Rpc<Request, Reply> & { carriesBody: false } {
  return { ...baseRpc(options), carriesBody: false };
}

/** Makes a contract whose request is a small envelope beside the customer's bytes, which no room re-serialises. */
export function rpcWithBody<Request, Reply>(
  options: RpcOptions<Request, Reply>,
): Rpc<Request, Reply> & { carriesBody: true } {
  return { ...baseRpc(options), carriesBody: true };
}

/** Something that happened, kept by JetStream until every named consumer has read it. */
export interface Fact<Body> {
  readonly maker: 'fact';
  readonly subject: string;
  readonly body: z.ZodType<Body>;
  /**
   * A large member that most readers only pass on: one that came from another process is neither parsed nor checked before
   * somebody looks at it. `checkHead` checks all else, and leaves it out.
   */
  readonly tail?: {
    readonly name: string & keyof Body;
    readonly checkHead: (body: unknown) => z.ZodSafeParseResult<object>;
  };
  /** The id that makes a second delivery recognisable. */
  readonly idOf: (body: Body) => string;
}

/** Makes the contract of a fact (`skein.fact.<noun>.<past>.v1`). */
export function fact<Body>(options: Omit<Fact<Body>, 'maker'>): Fact<Body> {
  return { maker: 'fact', ...options };
}

/** A value of which only the newest revision matters (policies, keys, health): one key in one KV bucket. */
export interface Snapshot<Body> {
  readonly maker: 'snapshot';
  readonly bucket: string;
  readonly key: string;
  readonly body: z.ZodType<Body>;
}

/** Makes the contract of a snapshot. */
export function snapshot<Body>(options: Omit<Snapshot<Body>, 'maker'>): Snapshot<Body> {
  return { maker: 'snapshot', ...options };
}

/** Work that nobody waits for. BullMQ carries its ids; the truth is a row. */
export interface Job<Data> {
  readonly maker: 'job';
  readonly queue: string;
  readonly data: z.ZodType<Data>;
}

/** Makes the contract of a BullMQ job. */
export function job<Data>(options: Omit<Job<Data>, 'maker'>): Job<Data> {
  return { maker: 'job', ...options };
}
