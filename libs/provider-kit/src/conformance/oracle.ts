/**
 * A second opinion: the recorded answer is read by our adapter and by a library that others use, and both must hear the
 * same text, calls of tools, finish and total of tokens. Where the library cannot hear something the reason is told.
 */
import { afterAll, describe, expect, it } from '@jest/globals';
import { inputTokens, outputTokens } from '@skein/contracts/attempt';
import { parseJson } from '../json.js';
import type { VendorAdapter } from '../vendor-adapter.js';
import { callFor, runStream, type Dialect } from './conformance.js';
import { bodyOf, headersOf, isStream, readFixtures, type Fixture } from './fixture.js';
import { tellChunks, tellCompletion, type Telling } from './telling.js';

/** As much of a language model of the library as is asked here. */
export interface OracleModel {
  doGenerate(options: { prompt: typeof PROMPT }): PromiseLike<OracleAnswer>;
  doStream(options: { prompt: typeof PROMPT }): PromiseLike<{ stream: ReadableStream<unknown> }>;
}
interface OracleAnswer {
  readonly content: readonly unknown[];
  readonly finishReason: unknown;
  readonly usage: unknown;
}
export interface Oracle {
  readonly name: string;
  /** A model whose calls go through this instead of the network. */
  modelOf(fetch: typeof globalThis.fetch): OracleModel;
  /** What the library hears otherwise, and why; null where it should hear the same. The rest is compared. */
  deafTo(fixture: Fixture, ours: Heard, theirs: Heard): Deafness | null;
}
export interface Deafness {
  readonly to: keyof Heard;
  readonly because: string;
}

/** What both are asked to have heard. Null: it was not told. */
export interface Heard {
  readonly text: string;
  readonly toolCalls: Telling['toolCalls'];
  readonly finish: string | null;
  readonly totalTokens: number | null;
}

const PROMPT: [{ role: 'user'; content: [{ type: 'text'; text: string }] }] = [
  { role: 'user', content: [{ type: 'text', text: 'hello' }] },
];

const finishWords: Readonly<Record<string, string>> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
};

type Loose = Readonly<Record<string, unknown>>;
const loose = (value: unknown): Loose => (typeof value === 'object' && value !== null ? (value as Loose) : {});

function parseInput(input: unknown): unknown {
  if (typeof input !== 'string') return input;
  try {
    return JSON.parse(input === '' ? '{}' : input) as unknown;
  } catch {
    return input;
  }
}

function heardOf(parts: readonly Loose[], finishReason: unknown, usage: unknown): Heard {
  const { inputTokens: input, outputTokens: output } = loose(usage);
  const told = [loose(input).total, loose(output).total];
  const word = loose(finishReason).unified;
  return {
    text: parts.map(({ type, text }) => (type === 'text' ? String(text) : '')).join(''),
    toolCalls: parts
      .filter(({ type, providerExecuted }) => type === 'tool-call' && providerExecuted !== true)
      .map(({ toolName, input: args }) => ({ name: String(toolName), args: parseInput(args) })),
    finish: typeof word === 'string' ? (finishWords[word] ?? null) : null,
    totalTokens: told.every((count) => typeof count === 'number') ? Number(told[0]) + Number(told[1]) : null,
  };
}

async function askOracle(oracle: Oracle, fixture: Fixture): Promise<Heard> {
  const type = isStream(fixture) ? 'text/event-stream' : 'application/json';
  const body = new Uint8Array(bodyOf(fixture));
  const answer = () =>
    new Response(body, {
      status: 200,
      headers: { ...headersOf(fixture), 'content-type': type, 'content-encoding': '' },
    });
  const model = oracle.modelOf(() => Promise.resolve(answer()));
  if (!isStream(fixture)) {
    const { content, finishReason, usage } = await model.doGenerate({ prompt: PROMPT });
    return heardOf(content.map(loose), finishReason, usage);
  }
  const parts: Loose[] = [];
  const { stream } = await model.doStream({ prompt: PROMPT });
  for await (const part of stream) {
    const heard = loose(part);
    if (heard.type === 'error') throw heard.error as Error;
    parts.push(heard.type === 'text-delta' ? { type: 'text', text: heard.delta } : heard);
  }
  const finish = loose(parts.find(({ type: kind }) => kind === 'finish'));
  return heardOf(parts, finish.finishReason, finish.usage);
}

function hearOurselves(adapter: VendorAdapter, fixture: Fixture): Heard {
  const call = callFor(adapter, isStream(fixture));
  const bytes = bodyOf(fixture);
  const { telling, usage } = isStream(fixture)
    ? streamed(runStream(call, bytes))
    : { telling: tellCompletion(parseJson(call.readWhole(bytes).answer)), usage: call.readWhole(bytes).usage };
  return {
    text: telling.text,
    toolCalls: telling.toolCalls.map(({ name, args }) => ({ name, args: parseInput(args) })),
    finish: telling.finish,
    totalTokens: usage === null ? null : inputTokens(usage) + outputTokens(usage),
  };
}

function streamed({ chunks, progress }: ReturnType<typeof runStream>) {
  return { telling: tellChunks(chunks.map(({ bytes }) => parseJson(bytes))), usage: progress.usage };
}

/** Describes the comparison over the recordings in a folder, and prints how often both agree. */
export function describeOracle(adapter: VendorAdapter, folder: string, dialect: Dialect, oracle: Oracle): void {
  let agreed = 0;
  const deaf = new Map<string, number>();
  const good = readFixtures(folder).filter(
    (fixture) =>
      fixture.response.status < 400 &&
      dialect.skip(fixture) === null &&
      !fixture.tags.includes('error-body') &&
      dialect.isRefusedPrompt?.(fixture.response.body) !== true,
  );
  describe(`what ${folder} was recorded to say is heard alike by ${oracle.name}`, () => {
    it.each(good.map((fixture) => [fixture.name, fixture] as const))('%s', async (_name, fixture) => {
      const ours = hearOurselves(adapter, fixture);
      let theirs: Heard;
      try {
        theirs = await askOracle(oracle, fixture);
      } catch (thrown) {
        const reason = `unreadable to it (${thrown instanceof Error ? thrown.name : 'error'})`;
        deaf.set(reason, (deaf.get(reason) ?? 0) + 1);
        return;
      }
      const deafness = oracle.deafTo(fixture, ours, theirs);
      if (deafness === null) {
        expect(ours).toEqual(theirs);
        agreed++;
      } else {
        expect(ours).toEqual({ ...theirs, [deafness.to]: ours[deafness.to] });
        deaf.set(deafness.because, (deaf.get(deafness.because) ?? 0) + 1);
      }
    });
    it('has recordings', () => expect(agreed + deaf.size).toBeGreaterThan(0));
    afterAll(() => {
      const reasons = [...deaf].map(([reason, count]) => `${count} ${reason}`).join(', ') || 'none';
      process.stdout.write(
        `oracle      ${folder.padEnd(12)} agreed ${String(agreed).padStart(3)} of ${good.length}  else: ${reasons}\n`,
      );
    });
  });
}
