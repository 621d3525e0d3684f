/**
 * One kept HTTP/1.1 connection with one request on it at a time, on a bare socket: a generator that costs as much as what it
 * measures measures itself. Reads status, length or chunks, and what the checks need; nothing else.
 */
import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly bodyBytes: number;
  /** Server-sent events (blank lines) in the body. */
  readonly events: number;
  readonly hasDone: boolean;
  /** Monotonic ms. */
  readonly firstBodyAt: number;
  /** Why there is no whole answer; null when there is. */
  readonly broken: string | null;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const EVENT_END = Buffer.from('\n\n');
const DONE = Buffer.from('[DONE]');
const LF = 0x0a;
const CR = 0x0d;

type State = 'head' | 'fixed' | 'size' | 'data' | 'data-end' | 'trailer';

export class HttpConnection {
  readonly #port: number;
  #socket: Socket | null = null;
  #onEnd: ((answer: Answer) => void) | null = null;
  #state: State = 'head';
  #head: Buffer = Buffer.alloc(0);
  #left = 0;
  #sizeText = '';
  #status = 0;
  #bodyBytes = 0;
  #events = 0;
  #hasDone = false;
  #firstBodyAt = 0;
  #endsInLf = false;
  /** Keeps the body of the next answer, for the checks before a run. */
  kept: Buffer[] | null = null;

  constructor(port: number) {
    this.#port = port;
  }

  send(bytes: Uint8Array, onEnd: (answer: Answer) => void): void {
    this.#onEnd = onEnd;
    this.#state = 'head';
    this.#bodyBytes = this.#events = this.#firstBodyAt = 0;
    this.#hasDone = this.#endsInLf = false;
    this.#socket ??= this.#open();
    this.#socket.write(bytes);
  }

  /** Of the answer under way: whether it still is, and its events so far. */
  get seen(): { readonly isUnderWay: boolean; readonly events: number } {
    return { isUnderWay: this.#onEnd !== null, events: this.#events };
  }

  close(): void {
    this.#onEnd = null;
    this.#socket?.destroy();
    this.#socket = null;
  }

  #open(): Socket {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    const lost = (reason: string) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#end(reason);
    };
    socket.on('data', (bytes: Buffer) => this.#read(bytes));
    socket.on('error', (error) => lost(error.message));
    socket.on('close', () => lost('closed'));
    return socket;
  }

  #end(broken: string | null): void {
    const onEnd = this.#onEnd;
    this.#onEnd = null;
    onEnd?.({
      status: this.#status,
      bodyBytes: this.#bodyBytes,
      events: this.#events,
      hasDone: this.#hasDone,
      firstBodyAt: this.#firstBodyAt,
      broken,
    });
  }

  #read(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      switch (this.#state) {
        case 'head':
          at = this.#readHead(bytes, at);
          break;
        case 'fixed':
        case 'data': {
          const size = Math.min(this.#left, bytes.length - at);
          this.#body(bytes.subarray(at, at + size));
          this.#left -= size;
          at += size;
          if (this.#left > 0) break;
          if (this.#state === 'data') this.#state = 'data-end';
          else return this.#end(null);
          break;
        }
        case 'data-end':
          if (bytes[at++] === LF) this.#state = 'size';
          break;
        case 'size': {
          const byte = bytes[at++];
          if (byte === LF) {
            this.#left = Number.parseInt(this.#sizeText, 16);
            this.#sizeText = '';
            this.#state = this.#left === 0 ? 'trailer' : 'data';
          } else if (byte !== CR && byte !== undefined) {
            this.#sizeText += String.fromCharCode(byte);
          }
          break;
        }
        case 'trailer':
          if (bytes[at++] === LF) return this.#end(null);
          break;
      }
    }
  }

  #readHead(bytes: Buffer, from: number): number {
    const all = this.#head.length === 0 ? bytes.subarray(from) : Buffer.concat([this.#head, bytes.subarray(from)]);
    const end = all.indexOf(HEAD_END);
    if (end < 0) {
      this.#head = Buffer.from(all);
      return bytes.length;
    }
    const consumed = end + HEAD_END.length - this.#head.length;
    this.#head = Buffer.alloc(0);
    const text = all.toString('latin1', 0, end).toLowerCase();
    this.#status = Number(text.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/.exec(text);
    this.#left = Number(length?.[1] ?? 0);
    this.#state = length === null ? 'size' : 'fixed';
    if (length !== null && this.#left === 0) this.#end(null);
    return from + consumed;
  }

  #body(slice: Buffer): void {
    if (this.#firstBodyAt === 0) this.#firstBodyAt = performance.now();
    this.kept?.push(Buffer.from(slice));
    this.#bodyBytes += slice.length;
    if (this.#endsInLf && slice[0] === LF) this.#events += 1;
    for (let at = slice.indexOf(EVENT_END); at >= 0; at = slice.indexOf(EVENT_END, at + 2)) this.#events += 1;
    this.#endsInLf = slice[slice.length - 1] === LF && slice[slice.length - 2] !== LF;
    if (slice.includes(DONE)) this.#hasDone = true;
  }
}
