import { randomBytes } from 'node:crypto';
import { drawFrom, hashText } from './hash.js';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const HEX = '0123456789abcdef';

/** Mints ids that never repeat within a process and hardly across processes. They are the one thing in a reply that is not a function of the request. */
export interface Mint {
  base62(length: number): string;
  hex(length: number): string;
  uuid(): string;
}

export function createMint(salt: string = randomBytes(8).toString('hex')): Mint {
  let minted = 0;
  const letters = (alphabet: string, length: number): string => {
    minted += 1;
    const draw = drawFrom(hashText(`${salt}:${minted}`));
    let id = '';
    for (let i = 0; i < length; i += 1) id += alphabet[Math.floor(draw() * alphabet.length)];
    // The counter is woven in so that two ids of one process cannot collide.
    const serial = minted.toString(alphabet === HEX ? 16 : 36).slice(-length);
    return id.slice(0, length - serial.length) + serial;
  };
  return {
    base62: (length) => letters(BASE62, length),
    hex: (length) => letters(HEX, length),
    uuid() {
      const digits = letters(HEX, 32);
      return [
        digits.slice(0, 8),
        digits.slice(8, 12),
        `4${digits.slice(13, 16)}`,
        `a${digits.slice(17, 20)}`,
        digits.slice(20),
      ].join('-');
    },
  };
}
