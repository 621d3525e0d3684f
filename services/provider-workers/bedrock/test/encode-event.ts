/** Writes events as AWS frames them, with a checksum of its own: the reader that is tested has another. */
import { Buffer } from 'node:buffer';

const TEXT_TYPE = 7;

function checksum(bytes: Uint8Array): Buffer {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  }
  return word((crc ^ 0xffff_ffff) >>> 0);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Headers that are all texts. */
export function encodeHeaders(headers: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(headers).flatMap(([name, value]) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(Buffer.byteLength(value));
      return [Buffer.from([name.length]), Buffer.from(name), Buffer.from([TEXT_TYPE]), length, Buffer.from(value)];
    }),
  );
}

export function encodeEvent(headers: Uint8Array, payload: Uint8Array): Buffer {
  const prelude = Buffer.concat([word(16 + headers.length + payload.length), word(headers.length)]);
  const checked = Buffer.concat([prelude, checksum(prelude), headers, payload]);
  return Buffer.concat([checked, checksum(checked)]);
}
