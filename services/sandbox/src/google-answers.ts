// Answers in Gemini's shape: one response, or the partial responses of a stream.
import type { Answer, AnswerEnd, Ask } from './ask.js';
import { drawFrom, hashText } from './hash.js';
import type { JsonObject } from './json.js';
import { splitTokens } from './token-count.js';
import type { Frame, Moment } from './wire.js';

export interface GoogleStyle {
  isThoughtShown: boolean;
  /** `alt=sse`; otherwise the stream is one JSON array. */
  isSse: boolean;
}

const FINISH: Readonly<Record<AnswerEnd, string>> = {
  stop: 'STOP',
  sequence: 'STOP',
  length: 'MAX_TOKENS',
  tools: 'STOP',
};
const TOKENS_PER_CHUNK = 4;

function usageOf(ask: Ask, answers: readonly Answer[]): JsonObject {
  const candidates = answers.reduce((sum, answer) => sum + answer.textTokens + answer.callTokens, 0);
  const thoughts = answers.reduce((sum, answer) => sum + answer.thoughtTokens, 0);
  return {
    promptTokenCount: ask.inputTokens,
    ...(candidates > 0 ? { candidatesTokenCount: candidates } : {}),
    totalTokenCount: ask.inputTokens + candidates + thoughts,
    ...(ask.cachedTokens > 0 ? { cachedContentTokenCount: ask.cachedTokens } : {}),
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: ask.inputTokens }],
    ...(thoughts > 0 ? { thoughtsTokenCount: thoughts } : {}),
    serviceTier: 'standard',
  };
}

function signatureOf(text: string): string {
  const draw = drawFrom(hashText(text));
  return Buffer.from(Uint8Array.from({ length: 64 }, () => Math.floor(draw() * 256))).toString('base64');
}

// From Gemini 3 on a text that was thought about is signed in its last part, as calls are in their first.
function textSignature(ask: Ask, answer: Answer): JsonObject {
  const isSigned = answer.thought !== '' && answer.calls.length === 0 && /gemini-[3-9]/.test(ask.model);
  return isSigned ? { thoughtSignature: signatureOf(answer.thought) } : {};
}

function callParts(answer: Answer): JsonObject[] {
  return answer.calls.map((call, at) => ({
    functionCall: { name: call.name, args: call.args },
    ...(answer.thought !== '' && at === 0 ? { thoughtSignature: signatureOf(answer.thought) } : {}),
  }));
}

function partsOf(ask: Ask, answer: Answer, style: GoogleStyle): JsonObject[] {
  return [
    ...(style.isThoughtShown && answer.thought !== '' ? [{ text: answer.thought, thought: true }] : []),
    ...(answer.text === '' ? [] : [{ text: answer.text, ...textSignature(ask, answer) }]),
    ...callParts(answer),
  ];
}

function tail(ask: Ask, moment: Moment): JsonObject {
  return { modelVersion: ask.model, responseId: moment.requestId };
}

/** The body of a plain answer. An answer without parts has a content with a role only, as Gemini sends it. */
export function googleResponse(ask: Ask, answers: readonly Answer[], moment: Moment, style: GoogleStyle): JsonObject {
  const candidates = answers.map((answer, index) => {
    const parts = partsOf(ask, answer, style);
    return {
      content: { ...(parts.length > 0 ? { parts } : {}), role: 'model' },
      finishReason: FINISH[answer.end],
      index,
      ...(answer.calls.length > 0 ? { finishMessage: 'Model generated function call(s).' } : {}),
    };
  });
  return { candidates, usageMetadata: usageOf(ask, answers), ...tail(ask, moment) };
}

/** The partial responses of a stream. Each carries the usage so far; the last has the finish reason. */
export function googleFrames(ask: Ask, answers: readonly Answer[], moment: Moment, style: GoogleStyle): Frame[] {
  const end = tail(ask, moment);
  const drafts: { body: JsonObject; part: Frame['part']; tokens: number }[] = [];
  answers.forEach((answer, index) => {
    const sofar: Answer = { ...answer, textTokens: 0, callTokens: 0, calls: [] };
    const push = (part: Frame['part'], parts: JsonObject[], tokens: number, finish?: string): void => {
      const content = { parts, role: 'model' };
      const candidate = { content, ...(finish === undefined ? {} : { finishReason: finish }), index };
      drafts.push({ body: { candidates: [candidate], usageMetadata: usageOf(ask, [sofar]), ...end }, part, tokens });
    };
    if (style.isThoughtShown) {
      for (const piece of chunksOf(answer.thought))
        push('content', [{ text: piece.text, thought: true }], piece.tokens);
    }
    for (const piece of chunksOf(answer.text)) {
      sofar.textTokens += piece.tokens;
      push('content', [{ text: piece.text }], piece.tokens);
    }
    if (answer.calls.length > 0) {
      sofar.callTokens = answer.callTokens;
      push('content', callParts(answer), answer.callTokens);
    }
    push('close', [{ text: '', ...textSignature(ask, answer) }], 0, FINISH[answer.end]);
  });
  const last = drafts.at(-1);
  if (last !== undefined) last.body = { ...last.body, usageMetadata: usageOf(ask, answers) };
  return drafts.map(({ body, part, tokens }, at) => ({
    bytes: framed(JSON.stringify(body), at, drafts.length, style),
    part,
    tokens,
  }));
}

function framed(json: string, at: number, count: number, style: GoogleStyle): string {
  if (style.isSse) return `data: ${json}\r\n\r\n`;
  return `${at === 0 ? '[' : ',\r\n'}${json}${at === count - 1 ? '\n]\n' : ''}`;
}

function chunksOf(text: string): { text: string; tokens: number }[] {
  const tokens = splitTokens(text);
  return Array.from({ length: Math.ceil(tokens.length / TOKENS_PER_CHUNK) }, (_, at) => {
    const piece = tokens.slice(at * TOKENS_PER_CHUNK, (at + 1) * TOKENS_PER_CHUNK);
    return { text: piece.join(''), tokens: piece.length };
  });
}
