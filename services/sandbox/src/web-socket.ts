// As much of RFC 6455 as text needs: the handshake, whole text messages from the client, text messages to it.
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const TEXT = 0x1;
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;
const FIN = 0x80;
const MASKED = 0x80;
const MOST_BYTES = 64 * 1024 * 1024;

export interface TextSocket {
  send(text: string): void;
  close(): void;
  /** Destroys the connection without a word. */
  cut(): void;
  readonly left: Promise<void>;
}

/** Takes an upgrade and calls `onText` with every message. */
export function acceptSocket(
  request: IncomingMessage,
  stream: Duplex,
  onText: (text: string, socket: TextSocket) => void,
): TextSocket {
  const accept = createHash('sha1')
    .update(`${request.headers['sec-websocket-key'] ?? ''}${GUID}`)
    .digest('base64');
  stream.write(
    `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
  );
  const socket: TextSocket = {
    send: (text) => void stream.write(frameOf(TEXT, Buffer.from(text))),
    close: () => void stream.end(frameOf(CLOSE, Buffer.alloc(0))),
    cut: () => void stream.destroy(),
    left: new Promise((resolve) => void stream.once('close', resolve)),
  };
  let pending: Buffer = Buffer.alloc(0);
  stream.on('error', () => undefined);
  stream.on('data', (bytes: Buffer) => {
    pending = Buffer.concat([pending, bytes]);
    for (let frame = readFrame(pending); frame !== undefined; frame = readFrame(pending)) {
      pending = pending.subarray(frame.size);
      if (frame.opcode === TEXT) onText(frame.payload.toString('utf8'), socket);
      else if (frame.opcode === PING) stream.write(frameOf(PONG, frame.payload));
      else if (frame.opcode === CLOSE) socket.close();
    }
    if (pending.length > MOST_BYTES) stream.destroy();
  });
  return socket;
}

function frameOf(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.from([FIN | opcode, length]), payload]);
  const head = Buffer.alloc(length < 65_536 ? 4 : 10);
  head[0] = FIN | opcode;
  if (length < 65_536) {
    head[1] = 126;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, payload]);
}

/** The first whole frame of what has come; undefined while there is none. Clients send theirs masked. */
function readFrame(bytes: Buffer): { opcode: number; payload: Buffer; size: number } | undefined {
  if (bytes.length < 2) return undefined;
  const second = bytes[1] ?? 0;
  let length = second & 0x7f;
  let at = 2;
  if (length === 126) {
    if (bytes.length < 4) return undefined;
    length = bytes.readUInt16BE(2);
    at = 4;
  } else if (length === 127) {
    if (bytes.length < 10) return undefined;
    length = Number(bytes.readBigUInt64BE(2));
    at = 10;
  }
  const isMasked = (second & MASKED) !== 0;
  const start = at + (isMasked ? 4 : 0);
  if (bytes.length < start + length) return undefined;
  const payload = Buffer.from(bytes.subarray(start, start + length));
  if (isMasked) for (let i = 0; i < length; i++) payload[i] = (payload[i] ?? 0) ^ (bytes[at + (i % 4)] ?? 0);
  return { opcode: (bytes[0] ?? 0) & 0x0f, payload, size: start + length };
}
