// Sends an answer under its knobs: waits, paces, breaks off. Returns what became of it; the audit is kept by the caller.
import { outputTokens, type Answer } from './ask.js';
import type { Outcome } from './audit.js';
import type { Exchange } from './exchange.js';
import type { Knobs } from './knobs.js';
import type { Frame, Generation, Moment, Problem, Reply, Streaming, Usage } from './wire.js';

export interface Delivery {
  status: number;
  outcome: Outcome;
  chunksSent: number;
  usage: Usage | null;
}

const BATCH_BYTES = 16_384;
/** What a broken serializer leaves of an event. */
const GARBLED = '{"id":"7f3a91c0","mod';

/** Waits the latency, then breaks off before the first byte if the knobs say so. Undefined: go on and answer. */
export async function deliverBefore(exchange: Exchange, knobs: Knobs): Promise<Delivery | undefined> {
  await exchange.pause(knobs.latency ?? 0);
  if (knobs.hang === true) {
    await exchange.left();
    return { status: 0, outcome: 'hang', chunksSent: 0, usage: null };
  }
  if (exchange.isClosed) return { status: 0, outcome: 'aborted_by_client', chunksSent: 0, usage: null };
  if (knobs.cut !== true) return undefined;
  await exchange.cut();
  return { status: 0, outcome: 'cut', chunksSent: 0, usage: null };
}

/** Sends one whole body. */
export async function deliverReply(
  exchange: Exchange,
  status: number,
  reply: Reply,
  usage: Usage | null,
  knobs: Knobs = {},
): Promise<Delivery> {
  const isError = status >= 400 || knobs.malformed === true;
  const body = knobs.malformed === true ? reply.body.slice(0, Math.ceil(reply.body.length / 2)) : reply.body;
  const headers = { ...reply.headers, 'content-length': String(Buffer.byteLength(body, reply.encoding)) };
  const done = (outcome: Outcome): Delivery => ({ status, outcome, chunksSent: 0, usage });
  exchange.head(status, headers);
  if (knobs.cut_after !== undefined || knobs.hang_after !== undefined) {
    await exchange.write(body.slice(0, Math.ceil(body.length / 2)), reply.encoding);
    if (knobs.hang_after !== undefined) {
      await exchange.left();
      return done('hang');
    }
    await exchange.cut();
    return done('cut');
  }
  const isHandedOver = await exchange.end(body, reply.encoding);
  return done(!isHandedOver ? 'aborted_by_client' : isError ? 'error' : 'complete');
}

/** Sends the answers to a generation, plain or streamed. */
export async function deliverGeneration(
  exchange: Exchange,
  generation: Generation,
  answers: Answer[],
  moment: Moment,
  knobs: Knobs,
): Promise<Delivery> {
  const produced = answers.reduce((sum, answer) => sum + outputTokens(answer), 0);
  if (generation.isStream) return deliverStream(exchange, generation, answers, moment, knobs);
  await exchange.pause((knobs.ttft ?? 0) + (knobs.rate === undefined ? 0 : (produced / knobs.rate) * 1000));
  const usage = usageOf(generation, answers, produced);
  if (exchange.isClosed) return { status: 0, outcome: 'aborted_by_client', chunksSent: 0, usage };
  return deliverReply(exchange, 200, generation.answer(answers, moment), usage, knobs);
}

/** What a vendor would bill for these answers. */
export function usageOfAnswers(generation: Generation, answers: Answer[]): Usage {
  return usageOf(
    generation,
    answers,
    answers.reduce((sum, answer) => sum + outputTokens(answer), 0),
  );
}

function usageOf({ ask }: Generation, answers: Answer[], output: number): Usage {
  const reasoning = answers.reduce((sum, answer) => sum + answer.thoughtTokens, 0);
  return {
    input: ask.inputTokens,
    output,
    reasoning: Math.min(reasoning, output),
    cached: ask.cachedTokens,
    cacheWrite: ask.cacheWrites.fiveMinutes + ask.cacheWrites.oneHour,
  };
}

type Break = { kind: 'cut' | 'hang' | 'error' | 'garble'; at: number };

function breakOf(knobs: Knobs): Break | undefined {
  if (knobs.malformed === true) return { kind: 'garble', at: 1 };
  if (knobs.cut_after !== undefined) return { kind: 'cut', at: knobs.cut_after };
  if (knobs.hang_after !== undefined) return { kind: 'hang', at: knobs.hang_after };
  return knobs.error_after === undefined ? undefined : { kind: 'error', at: knobs.error_after };
}

async function deliverStream(
  exchange: Exchange,
  generation: Generation,
  answers: Answer[],
  moment: Moment,
  knobs: Knobs,
): Promise<Delivery> {
  const { headers, frames } = generation.stream(answers, moment);
  const { encoding } = generation;
  const produced = answers.reduce((sum, answer) => sum + outputTokens(answer), 0);
  // Without a token count in the frames (hidden thinking) the thought is billed with the first chunk, as it has happened by then.
  const hidden = Math.max(0, produced - frames.reduce((sum, frame) => sum + frame.tokens, 0));
  return sendStream(exchange, { headers, frames, ...(encoding !== undefined && { encoding }) }, knobs, {
    problem: () => generation.streamProblem(streamTrouble(generation, knobs), moment),
    usage: (sent) => usageOf(generation, answers, sent === 'all' ? produced : hidden + sent),
  });
}

/** Sends what was looked up as a stream: sound in pieces, a transcript in words. Its use is the same wherever it breaks off. */
export function deliverLookupStream(
  exchange: Exchange,
  streaming: Streaming,
  usage: Usage | null,
  knobs: Knobs,
): Promise<Delivery> {
  const problem = () =>
    `data: ${JSON.stringify({ error: { message: 'The server had an error', type: 'server_error' } })}\n\n`;
  return sendStream(exchange, streaming, knobs, { problem, usage: () => usage });
}

interface StreamWords {
  /** The event of a vendor that fails in mid-stream. */
  problem(): string;
  /** What is billed once so many tokens have left. */
  usage(sent: number | 'all'): Usage | null;
}

async function sendStream(
  exchange: Exchange,
  { headers, frames, encoding }: Streaming,
  knobs: Knobs,
  words: StreamWords,
): Promise<Delivery> {
  const broken = breakOf(knobs);
  const progress = { chunks: 0, tokens: 0 };
  const done = (outcome: Outcome): Delivery => ({
    status: 200,
    outcome,
    chunksSent: progress.chunks,
    usage: words.usage(outcome === 'complete' ? 'all' : progress.tokens),
  });
  exchange.head(200, { ...headers, 'cache-control': 'no-cache' });
  if ((knobs.ttft ?? 0) > 0 || knobs.rate !== undefined) exchange.flushHead();
  await exchange.pause(knobs.ttft ?? 0);
  const isBroken = await sendFrames(exchange, frames, encoding, broken?.at, knobs.rate, progress);
  if (exchange.isClosed) return done('aborted_by_client');
  if (broken === undefined || !isBroken) return done((await exchange.end()) ? 'complete' : 'aborted_by_client');
  switch (broken.kind) {
    case 'cut':
      await exchange.cut();
      return done('cut');
    case 'hang':
      await exchange.left();
      return done('hang');
    case 'garble':
      await exchange.end(`data: ${GARBLED}\n\n`);
      return done('error');
    case 'error':
      await exchange.end(words.problem(), encoding);
      return done('error');
  }
}

function streamTrouble({ ask }: Generation, knobs: Knobs): Problem {
  return { kind: 'forced', status: ask.vendor === 'anthropic' ? 529 : 500, model: ask.model, code: knobs.code };
}

/** Writes frames until `breakAt` content chunks have left and the next frame is content or the end; true when it stopped there. */
async function sendFrames(
  exchange: Exchange,
  frames: Frame[],
  encoding: Generation['encoding'],
  breakAt: number | undefined,
  rate: number | undefined,
  progress: { chunks: number; tokens: number },
): Promise<boolean> {
  const startedAt = performance.now();
  let paced = 0;
  let batch = '';
  for (const frame of frames) {
    const isDue =
      breakAt !== undefined && (frame.part === 'close' || (frame.part === 'content' && progress.chunks >= breakAt));
    if (isDue || batch.length >= BATCH_BYTES) {
      await exchange.write(batch, encoding);
      batch = '';
    }
    if (isDue) return true;
    if (rate !== undefined && frame.tokens > 0) {
      paced += frame.tokens;
      const wait = startedAt + (paced / rate) * 1000 - performance.now();
      if (wait >= 1) {
        if (batch !== '') await exchange.write(batch, encoding);
        batch = '';
        await exchange.pause(wait);
      }
    }
    if (exchange.isClosed) return false;
    batch += frame.bytes;
    if (frame.part === 'content') progress.chunks += 1;
    progress.tokens += frame.tokens;
  }
  if (batch !== '') await exchange.write(batch, encoding);
  return false;
}
