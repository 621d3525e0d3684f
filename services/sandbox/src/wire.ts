// The seam between the server, which knows HTTP, knobs and audit, and the wires, each of which knows one vendor family's shapes.
import type { IncomingHttpHeaders } from 'node:http';
import type { Answer, Ask } from './ask.js';
import type { Mint } from './ids.js';

export interface VendorRequest {
  vendor: string;
  method: string;
  /** Path after the vendor segment, without query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: string;
  /** The body as it came: forms hold what is no text. */
  raw: Buffer;
  /** When it arrived. */
  nowMs: number;
}

export type Endpoint =
  'chat' | 'embeddings' | 'speech' | 'transcription' | 'moderation' | 'rerank' | 'models' | 'count_tokens' | 'unknown';

/** What goes wrong at a vendor, before it is put into that vendor's words. */
export type ProblemKind =
  'no_key' | 'bad_key' | 'no_model' | 'no_route' | 'not_json' | 'bad_request' | 'too_large' | 'rate_limited' | 'forced';

export interface Problem {
  kind: ProblemKind;
  status: number;
  /** Overrides the vendor's usual message. */
  message?: string;
  /** Overrides the vendor's usual error code. */
  code?: string;
  param?: string;
  model?: string;
  retryAfterSeconds?: number;
}

export interface Usage {
  input: number;
  output: number;
  reasoning: number;
  cached: number;
  cacheWrite: number;
}

/** What stands for a moment at the vendor: who answers, when, and how much of its rate limit is left. */
export interface Moment {
  requestId: string;
  mint: Mint;
  now: Date;
  quota: Quota;
}

export interface Quota {
  requestLimit: number;
  requestsLeft: number;
  tokenLimit: number;
  tokensLeft: number;
  resetMs: number;
}

export interface Reply {
  headers: Record<string, string>;
  body: string;
  /** How the body becomes bytes; absent: UTF-8. Sound has a character for each byte. */
  encoding?: 'latin1';
}

/** One event of a stream (or a JSON element, where a vendor streams an array). */
export interface Frame {
  bytes: string;
  /** `open` before content, `close` once the answer is over. */
  part: 'open' | 'content' | 'close';
  tokens: number;
}

export interface Generation {
  kind: 'generation';
  endpoint: 'chat';
  model: string;
  ask: Ask;
  choices: number;
  isStream: boolean;
  answer(answers: Answer[], moment: Moment): Reply;
  stream(answers: Answer[], moment: Moment): { headers: Record<string, string>; frames: Frame[] };
  /** How the frames' text becomes bytes; absent: UTF-8. Binary framing has a character for each byte. */
  encoding?: 'latin1';
  /** The event that reports a problem inside a running stream. */
  streamProblem(problem: Problem, moment: Moment): string;
}

/** A stream, ready to be sent. */
export interface Streaming {
  headers: Record<string, string>;
  frames: Frame[];
  /** How the frames' text becomes bytes; absent: UTF-8. */
  encoding?: 'latin1';
}

export interface Lookup {
  kind: 'lookup';
  endpoint: Endpoint;
  model: string;
  usage: Usage | null;
  reply(moment: Moment): Reply;
  /** Set where it was asked for as a stream. */
  stream?(moment: Moment): Streaming;
}

export interface Refusal {
  kind: 'refusal';
  endpoint: Endpoint;
  model: string;
  problem: Problem;
}

export interface Wire {
  /** The problem with the caller's key, if there is one. */
  refuseKey(request: VendorRequest): Problem | undefined;
  /** The model named and the last user text (where directives stand), read before anything is judged. */
  glance(request: VendorRequest, body: unknown): { model: string; lastText: string };
  read(request: VendorRequest, body: unknown, prompt: string, cachedTokens: number): Generation | Lookup | Refusal;
  requestId(vendor: string, mint: Mint, now: Date): string;
  refuse(vendor: string, problem: Problem, moment: Moment): Reply & { status: number };
}

export const BAD_KEY = 'bad-key';
export const NO_SUCH_MODEL = /^(?:models\/|.*\/)?no-such-/;
