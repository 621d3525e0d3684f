/** The request every target gets. */
import type { Answer } from './load/http-connection.ts';

export const CHUNKS_PER_STREAM = 100;
/** The chunks and `[DONE]`. */
const EVENTS_PER_STREAM = CHUNKS_PER_STREAM + 1;
export const BENCH_KEY = 'sk-bench-0123456789abcdef';

const PROMPT =
  'You are given the notes of a support call. A customer reports that invoices of the last quarter show the wrong VAT number, ' +
  'that two of them were sent twice, and that the export to their bookkeeping stops after the first page. ' +
  'Write a short, friendly answer that says what will happen next, and list the three problems by urgency. Case ';

/** No two prompts are alike, in this run or between runs: the exact cache is asked and always misses. */
let counter = Date.now() * 1_000;

/** The body of the next request, as JSON. */
export function chatBody(stream: boolean): string {
  counter += 1;
  const content = PROMPT + String(counter);
  return JSON.stringify({ model: 'auto', temperature: 0, stream, messages: [{ role: 'user', content }] });
}

const headFor = (length: number) =>
  'POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n' +
  `authorization: Bearer ${BENCH_KEY}\r\ncontent-length: ${length}\r\n\r\n`;

/** All bytes of the next request. Its body is ASCII. */
export function nextRequest(stream: boolean): Uint8Array {
  const text = chatBody(stream);
  return Buffer.from(headFor(text.length) + text, 'latin1');
}

/** What is wrong with an answer; null when nothing is. */
export function faultOf(answer: Answer, stream: boolean): string | null {
  if (answer.broken !== null) return `broken: ${answer.broken}`;
  if (answer.status !== 200) return `status ${answer.status}`;
  if (!stream) return answer.bodyBytes < 500 ? `an answer of ${answer.bodyBytes} bytes` : null;
  if (!answer.hasDone) return 'no [DONE]';
  return answer.events === EVENTS_PER_STREAM ? null : `${answer.events} events`;
}
