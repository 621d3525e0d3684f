/**
 * One call of a tool at a time, for vendors that cannot be told: of several calls in an answer the first is passed on. The
 * caller answers it, and the model asks for the next, which is what it would have done had it been told.
 */
import { countOf, itemsOf, jsonBytes, objectOf, parseJson, valueAt } from './json.js';
import type { AnswerChunk, StreamTranslator, VendorCall } from './vendor-adapter.js';

/** Is it a call behind the first? Those without an index stand in their order. */
const isLaterCall = (call: unknown, place: number) => (countOf(valueAt(call, 'index')) ?? place) > 0;

/** An answer or chunk without its later calls; the very same bytes where it has none. */
function keepFirstCall(bytes: Uint8Array, said: 'message' | 'delta'): Uint8Array {
  const answer = objectOf(parseJson(bytes));
  const choices = itemsOf(answer.choices);
  const hasMore = choices.some((choice) => itemsOf(valueAt(choice, `${said}.tool_calls`)).some(isLaterCall));
  if (!hasMore) return bytes;
  const kept = choices.map(objectOf).map((choice) => {
    const { tool_calls, ...rest } = objectOf(choice[said]);
    const calls = itemsOf(tool_calls).filter((call, place) => !isLaterCall(call, place));
    return { ...choice, [said]: { ...rest, ...(calls.length > 0 && { tool_calls: calls }) } };
  });
  return jsonBytes({ ...answer, choices: kept });
}

/** The same call, whose answer holds no call of a tool but the first. */
export function firstCallOnly(call: VendorCall): VendorCall {
  const short = (chunks: readonly AnswerChunk[]) =>
    chunks.map(({ bytes, hasContent }) => ({ bytes: keepFirstCall(bytes, 'delta'), hasContent }));
  return {
    ...call,
    readWhole(bytes) {
      const whole = call.readWhole(bytes);
      return { ...whole, answer: keepFirstCall(whole.answer, 'message') };
    },
    openStream(): StreamTranslator {
      const stream = call.openStream();
      return {
        feed: (event) => short(stream.feed(event)),
        close: () => short(stream.close()),
        get progress() {
          return stream.progress;
        },
      };
    },
  };
}
