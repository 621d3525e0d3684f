/** Server-sent events as each dialect frames them: OpenAI's bare data with a last word, Anthropic's and Responses' with names. */
import { toOpenAiError, type SkeinError } from '@skein/contracts/errors';
import { headerText } from '../door/answer-figures.js';

/** What makes a response a stream of events that nothing in between holds back. */
export const eventStreamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
} as const;

const DATA = Buffer.from('data: ');
const GAP = Buffer.from('\n\n');

/** The last word of a stream that ended well, in OpenAI's framing. */
export const DONE = Buffer.from('data: [DONE]\n\n');

/** JSON that is there as bytes, without a name: nothing of it is copied. */
export const dataEvent = (payload: Uint8Array): readonly Uint8Array[] => [DATA, payload, GAP];

/** Events that are named for their type. */
export const namedEvents = (events: readonly { readonly type: string }[]): Buffer =>
  Buffer.from(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''));

/** A comment line: clients ignore it, people see it. */
export const comment = (text: string): Buffer => Buffer.from(`: ${headerText(text)}\n\n`);

/** A failure after the first event, in OpenAI's framing: no last word follows. */
export const errorEvent = (error: SkeinError): Buffer =>
  Buffer.from(`event: error\ndata: ${JSON.stringify(toOpenAiError(error))}\n\n`);
