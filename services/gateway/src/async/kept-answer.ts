// An answer as it went out over HTTP, kept for a repetition: status, the headers that say something of it, and bytes.
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { z } from 'zod';

/** Longer answers are not kept: their repetition is refused, and names the request whose record has them. */
const MOST_BYTES = 4 * 1024 * 1024;
const keptHeader = /^(content-type|cache-control|x-accel-buffering|x-request-id|request-id|location|x-skein-.*)$/;

const keptAnswer = z.object({
  status: z.int(),
  headers: z.record(z.string(), z.string()),
  /** Base64; null when it was too long. */
  body: z.string().nullable(),
});
export type KeptAnswer = z.infer<typeof keptAnswer>;

/** Reads what was kept. */
export function readKept(written: string): KeptAnswer {
  return keptAnswer.parse(JSON.parse(written));
}

/** What went out over a response: complete, or broken off. */
export interface WatchedAnswer {
  readonly answer: KeptAnswer;
  readonly isWhole: boolean;
}

/** Watches what goes out over a response until it is over. */
export function watchAnswer(response: ServerResponse): Promise<WatchedAnswer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  const headers: Record<string, string> = {};
  const note = (given: OutgoingHttpHeaders): void => {
    for (const [name, value] of Object.entries(given)) {
      const lower = name.toLowerCase();
      if (value !== undefined && keptHeader.test(lower)) headers[lower] = String(value);
    }
  };
  const take = (chunk: unknown): void => {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return;
    const part = Buffer.from(chunk as string);
    bytes += part.length;
    if (bytes <= MOST_BYTES) parts.push(part);
  };
  const { writeHead, write, end } = response;
  response.writeHead = ((...args: Parameters<typeof writeHead>) => {
    const given = args.find((arg): arg is OutgoingHttpHeaders => typeof arg === 'object' && arg !== null);
    if (given !== undefined) note(given);
    return Reflect.apply(writeHead, response, args) as ServerResponse;
  }) as typeof writeHead;
  response.write = ((...args: Parameters<typeof write>) => {
    take(args[0]);
    return Reflect.apply(write, response, args) as boolean;
  }) as typeof write;
  response.end = ((...args: Parameters<typeof end>) => {
    take(args[0]);
    return Reflect.apply(end, response, args) as ServerResponse;
  }) as typeof end;
  return new Promise((resolve) => {
    response.once('close', () => {
      note(response.getHeaders());
      const body = Buffer.concat(bytes <= MOST_BYTES ? parts : []);
      const isStream = headers['content-type']?.startsWith('text/event-stream') === true;
      resolve({
        answer: {
          status: response.statusCode,
          headers,
          body: bytes <= MOST_BYTES ? body.toString('base64') : null,
        },
        isWhole: response.writableFinished && (!isStream || endsWell(body)),
      });
    });
  });
}

/** A stream that was broken off ends in an error event, not in the word that says all was told. */
function endsWell(body: Buffer): boolean {
  const tail = body.subarray(-512).toString('utf8');
  return tail.includes('data: [DONE]') || tail.includes('event: message_stop');
}
