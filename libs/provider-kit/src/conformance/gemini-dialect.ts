/** How recordings of vendors of Gemini are read, apart from the adapter. */
import type { Dialect } from './conformance.js';
import type { Fixture } from './fixture.js';
import type { ErrorClass, Telling } from './telling.js';

type Loose = Record<string, unknown>;
const loose = (value: unknown): Loose => (typeof value === 'object' && value !== null ? (value as Loose) : {});
const list = (value: unknown): Loose[] => (Array.isArray(value) ? (value as unknown[]).map(loose) : []);

const finishes: Record<string, string> = { STOP: 'stop', MAX_TOKENS: 'length', SAFETY: 'content_filter' };

/** Reads what Gemini answered, in one piece or in several, apart from the adapter. */
function tellPieces(pieces: readonly unknown[]): Telling {
  const candidates = pieces.map(loose).flatMap((piece) => list(piece.candidates).slice(0, 1));
  const parts = candidates.flatMap((candidate) => list(loose(candidate.content).parts));
  const texts = (isThought: boolean) =>
    parts
      .filter(({ text, thought }) => typeof text === 'string' && (thought === true) === isThought)
      .map(({ text }) => text as string)
      .join('');
  const toolCalls = parts
    .filter(({ functionCall }) => functionCall !== undefined)
    .map(({ functionCall }) => {
      const { name, args } = loose(functionCall);
      return { name: String(name), args: args ?? {} };
    });
  const reason = candidates.map(({ finishReason }) => finishReason).findLast((told) => told !== undefined);
  const finish = reason === undefined ? null : (finishes[String(reason)] ?? null);
  const usage = pieces
    .map((piece) => loose(loose(piece).usageMetadata))
    .findLast((told) => Object.keys(told).length > 0);
  return {
    text: texts(false),
    reasoning: texts(true),
    refusal: '',
    toolCalls,
    finish: finish === 'stop' && toolCalls.length > 0 ? 'tool_calls' : finish,
    totalTokens: usage === undefined ? null : totalOf(usage),
  };
}

function totalOf({ totalTokenCount, promptTokenCount, candidatesTokenCount, thoughtsTokenCount }: Loose): number {
  if (totalTokenCount !== undefined) return Number(totalTokenCount);
  return Number(promptTokenCount ?? 0) + Number(candidatesTokenCount ?? 0) + Number(thoughtsTokenCount ?? 0);
}

function errorClass(status: number): ErrorClass {
  if (status === 401 || status === 403) return 'access';
  if (status === 429) return 'limit';
  return status < 500 ? 'caller' : 'vendor';
}

/** Why a recording is not of generateContent, or is no answer to what is asked here; null where it is. */
function skip({ tags, request, response }: Fixture): string | null {
  if (!tags.includes('chat')) return `of ${tags[0]}`;
  if (request?.url != null && !request.url.includes('enerateContent')) return 'of another API of the vendor';
  if (response.body_kind !== 'json' && response.body_kind !== 'sse') return `with a body that is ${response.body_kind}`;
  if (response.body_kind === 'json' && Array.isArray(response.body)) {
    return 'streamed as one array, which is never asked for';
  }
  if (request?.url?.includes('enum-encoding') && response.status < 400)
    return 'with enums as numbers, which are never asked for';
  return null;
}

export const geminiShaped: Dialect = {
  skip,
  tellWhole: (body) => tellPieces([body]),
  tellStream: tellPieces,
  errorClass,
  isPassedThrough: false,
  isRefusedPrompt: (body) => JSON.stringify(body)?.includes('"blockReason"') === true,
};
