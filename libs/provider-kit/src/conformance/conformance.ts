/**
 * The conformance suite every vendor's spec calls: each recorded exchange goes through the vendor's adapter, and what comes
 * out must tell what the recording tells, by a reading of the recording that shares no code with the adapter.
 */
import { afterAll, describe, expect, it } from '@jest/globals';
import { inputTokens, outputTokens, type UsageBuckets } from '@skein/contracts/attempt';
import type { ErrorCode } from '@skein/contracts/errors';
import { RequestBody } from '@skein/contracts/wire';
import { parseJson } from '../json.js';
import { openReader } from '../read-answer.js';
import type { AnswerChunk, AnswerProgress, VendorAdapter, VendorCall } from '../vendor-adapter.js';
import { bodyOf, headersOf, isStream, readFixtures, type Fixture } from './fixture.js';
import { sseFraming, type Framing } from './framing.js';
import { tellChunks, tellCompletion, type ErrorClass, type Telling } from './telling.js';

/** How a vendor's recordings are to be read, apart from its adapter. */
export interface Dialect {
  /** Which of a vendor's APIs it is, where it has more than one for chats. */
  readonly api?: string;
  /** Which recordings it speaks of; a sentence for those that it does not. */
  readonly skip: (fixture: Fixture) => string | null;
  readonly tellWhole: (body: unknown) => Telling;
  readonly tellStream: (events: readonly unknown[]) => Telling;
  /** What the recorded refusal is. */
  readonly errorClass: (status: number, body: unknown) => ErrorClass;
  /** Are the vendor's own bytes to come out? */
  readonly isPassedThrough: boolean;
  /** Is a good status followed by the vendor's refusal of the prompt? */
  readonly isRefusedPrompt?: (body: unknown) => boolean;
  /** What frames its streams, where they are not server-sent events. */
  readonly framing?: Framing;
}

const classOfCode: Partial<Record<ErrorCode, ErrorClass>> = {
  vendor_refused: 'caller',
  content_refused: 'caller',
  vendor_unauthorized: 'access',
  vendor_spend_limit: 'access',
  vendor_rate_limited: 'limit',
  vendor_failed: 'vendor',
  vendor_overloaded: 'vendor',
  vendor_timeout: 'vendor',
};

const MODEL = 'model-under-test';
const AT = 1_700_000_000_000;
/** A prime, so that reads break everywhere. */
const READ_BYTES = 61;

interface Tally {
  whole: number;
  streams: number;
  errors: number;
  skipped: Map<string, number>;
}

/** A call as a plain customer makes it. */
export function callFor(adapter: VendorAdapter, stream: boolean): VendorCall {
  const ask = {
    model: MODEL,
    messages: [{ role: 'user', content: 'hello' }],
    stream,
    ...(stream && { stream_options: { include_usage: true } }),
  };
  return adapter.prepare({ body: RequestBody.of(ask), model: MODEL, stream, continuation: null, record: null, at: AT });
}

/** Runs a stream's body through a translator, in pieces, as a socket would give it. */
export function runStream(call: VendorCall, body: Uint8Array): { chunks: AnswerChunk[]; progress: AnswerProgress } {
  const stream = call.openStream();
  const chunks: AnswerChunk[] = [];
  const reader = openReader(call, (event) => chunks.push(...stream.feed(event)), body.length + 1);
  for (let at = 0; at < body.length; at += READ_BYTES) reader.feed(body.subarray(at, at + READ_BYTES));
  reader.end();
  chunks.push(...stream.close());
  return { chunks, progress: stream.progress };
}

/** Words of their own that vendors were recorded to end with. */
const inOpenAiWords = (finish: string | null) => (finish === 'eos' ? 'stop' : finish);

const totalOf = (usage: UsageBuckets | null) => (usage === null ? null : inputTokens(usage) + outputTokens(usage));

function checkWhole(adapter: VendorAdapter, dialect: Dialect, fixture: Fixture): void {
  const bytes = bodyOf(fixture);
  const expected = dialect.tellWhole(fixture.response.body);
  const read = callFor(adapter, false).readWhole(bytes);
  if (dialect.isPassedThrough) expect(read.answer).toBe(bytes);
  else expect({ ...tellCompletion(parseJson(read.answer)), totalTokens: expected.totalTokens }).toEqual(expected);
  expect(read.finishReason).toBe(inOpenAiWords(expected.finish));
  expect(totalOf(read.usage)).toBe(expected.totalTokens);
}

function checkStream(adapter: VendorAdapter, dialect: Dialect, fixture: Fixture): void {
  const body = bodyOf(fixture);
  const lines = (dialect.framing ?? sseFraming).payloads(body);
  expect(lines.length).toBeGreaterThan(0);
  const expected = dialect.tellStream(lines.map((line) => JSON.parse(line) as unknown));
  const { chunks, progress } = runStream(callFor(adapter, true), body);
  const texts = chunks.map(({ bytes }) => new TextDecoder().decode(bytes));
  if (dialect.isPassedThrough) expect(texts).toEqual(lines);
  const told = tellChunks(texts.map((text) => JSON.parse(text) as unknown));
  expect({ ...told, totalTokens: expected.totalTokens }).toEqual(expected);
  expect(progress.finishReason).toBe(inOpenAiWords(expected.finish));
  expect(totalOf(progress.usage)).toBe(expected.totalTokens);
  expect(chunks.some(({ hasContent }) => hasContent)).toBe(
    expected.text + expected.reasoning + expected.refusal !== '' || expected.toolCalls.length > 0,
  );
}

function checkError(adapter: VendorAdapter, dialect: Dialect, fixture: Fixture): void {
  const { status, body } = fixture.response;
  const error = adapter.readError(status, headersOf(fixture), bodyOf(fixture), AT);
  const expected = dialect.errorClass(status, body);
  expect(classOfCode[error.code]).toBe(expected);
  expect(error.source).toBe('vendor');
  expect(error.vendor).toBe(adapter.vendor.id);
  if (expected === 'caller') {
    expect(error.status).toBe(status);
    expect(error.message.length).toBeGreaterThan(0);
  }
}

/** A good status, and an error in the body or in the middle of the stream. */
const holdsError = ({ tags, response }: Fixture) => response.status < 400 && tags.includes('error-body');

function checkErrorInAnswer(adapter: VendorAdapter, fixture: Fixture): void {
  const read = () =>
    isStream(fixture)
      ? runStream(callFor(adapter, true), bodyOf(fixture))
      : callFor(adapter, false).readWhole(bodyOf(fixture));
  expect(read).toThrow(expect.objectContaining({ source: 'vendor', vendor: adapter.vendor.id }));
}

/** Describes the suite for the recordings in a folder, and prints what was read of them, with every skip and its reason. */
export function describeConformance(adapter: VendorAdapter, folder: string, dialect: Dialect): void {
  const tally: Tally = { whole: 0, streams: 0, errors: 0, skipped: new Map() };
  const shown = [folder, dialect.api].filter(Boolean).join(' ');
  describe(`what ${shown} was recorded to say comes out of the ${adapter.vendor.id} adapter`, () => {
    for (const fixture of readFixtures(folder)) {
      const reason = dialect.skip(fixture);
      if (reason !== null) {
        tally.skipped.set(reason, (tally.skipped.get(reason) ?? 0) + 1);
        continue;
      }
      it(fixture.name, () => {
        const { status } = fixture.response;
        if (holdsError(fixture) || dialect.isRefusedPrompt?.(fixture.response.body) === true) {
          checkErrorInAnswer(adapter, fixture);
          tally.errors++;
        } else if (status >= 400) {
          checkError(adapter, dialect, fixture);
          tally.errors++;
        } else if (isStream(fixture)) {
          checkStream(adapter, dialect, fixture);
          tally.streams++;
        } else {
          checkWhole(adapter, dialect, fixture);
          tally.whole++;
        }
      });
    }
    it('has recordings', () => expect(tally.whole + tally.streams + tally.errors).toBeGreaterThan(0));
    afterAll(() => printTally(shown, tally));
  });
}

function printTally(folder: string, { whole, streams, errors, skipped }: Tally): void {
  const skips = [...skipped].map(([reason, count]) => `${count} ${reason}`).join(', ') || 'none';
  process.stdout.write(
    `conformance ${folder.padEnd(12)} whole ${String(whole).padStart(3)}  streams ${String(streams).padStart(3)}  ` +
      `errors ${String(errors).padStart(3)}  skipped: ${skips}\n`,
  );
}
