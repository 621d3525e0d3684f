/** The requests every target gets, and what a good answer to them is. */
import type { Answer } from './load/http-connection.ts';
import { benchChunks, paceMarks, type Pace } from './mock-answers.ts';

export const CHUNKS_PER_STREAM = benchChunks.length;
/** The chunks and `[DONE]`. */
const EVENTS_PER_STREAM = CHUNKS_PER_STREAM + 1;
export const BENCH_KEY = 'sk-bench-0123456789abcdef';

const PROMPT =
  'You are given the notes of a support call. A customer reports that invoices of the last quarter show the wrong VAT number, ' +
  'that two of them were sent twice, and that the export to their bookkeeping stops after the first page. ' +
  'Write a short, friendly answer that says what will happen next, and list the three problems by urgency. Case ';

/** How a target is asked, where it differs from the others. */
export interface Address {
  readonly model: string;
  readonly headers: Readonly<Record<string, string>>;
}

export const plainAddress: Address = { model: 'auto', headers: { authorization: `Bearer ${BENCH_KEY}` } };

export interface Ask {
  readonly stream: boolean;
  /** How the mock vendor takes its time over the answer. */
  readonly pace: Pace;
}

/** No two prompts are alike, in this run or between runs: the exact cache is asked and always misses. */
let counter = Date.now() * 1_000;

/** The body of the next request, as JSON in ASCII. */
export function chatBody({ stream, pace }: Ask, model = plainAddress.model): string {
  counter += 1;
  const content = `${PROMPT}${counter}${paceMarks[pace]}`;
  return JSON.stringify({ model, temperature: 0, stream, messages: [{ role: 'user', content }] });
}

/** All bytes of the next request. */
export function nextRequest(ask: Ask, { model, headers }: Address = plainAddress): Uint8Array {
  const text = chatBody(ask, model);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head =
    'POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n' +
    `${lines.join('')}content-length: ${text.length}\r\n\r\n`;
  return Buffer.from(head + text, 'latin1');
}

/** What is wrong with an answer; null when nothing is. */
export function faultOf(answer: Answer, stream: boolean): string | null {
  if (answer.broken !== null) return `broken: ${answer.broken}`;
  if (answer.status !== 200) return `status ${answer.status}`;
  if (!stream) return answer.bodyBytes < 500 ? `an answer of ${answer.bodyBytes} bytes` : null;
  if (!answer.hasDone) return 'no [DONE]';
  return answer.events === EVENTS_PER_STREAM ? null : `${answer.events} events`;
}
