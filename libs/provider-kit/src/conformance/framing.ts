/** How the body of a stream is taken apart and put together again, apart from the readers that are tested. */
import { Buffer } from 'node:buffer';
import { dataLinesOf } from './fixture.js';

export interface Framing {
  /** The JSON of every event, in order; what holds none is left out. */
  payloads(body: Buffer): string[];
  /** The body in pieces of one event each; joined they are the body. */
  split(body: Buffer): Buffer[];
  /** The same event with its JSON changed; as it is where it holds none. */
  rewrite(event: Buffer, change: (json: Buffer) => Buffer): Buffer;
}

const EVENT_END = /(?<=\r?\n\r?\n)/;
const JSON_LINE = /^data: ?(\{.*\})\r?$/m;

/** Server-sent events. Read as latin1, so that every byte comes out as it went in. */
export const sseFraming: Framing = {
  payloads: (body) => dataLinesOf(body.toString('utf8')).filter((line) => line.trim() !== '[DONE]'),
  split: (body) =>
    body
      .toString('latin1')
      .split(EVENT_END)
      .map((event) => Buffer.from(event, 'latin1')),
  rewrite(event, change) {
    const text = event.toString('latin1');
    const json = JSON_LINE.exec(text)?.[1];
    if (json === undefined) return event;
    const at = text.indexOf(json);
    const changed = change(Buffer.from(json, 'latin1'));
    return Buffer.concat([event.subarray(0, at), changed, event.subarray(at + json.length)]);
  },
};
