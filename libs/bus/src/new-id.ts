import { randomFillSync } from 'node:crypto';
import { monotonicFactory } from 'ulid';

/** Randomness is drawn in one piece: a system call for each character of an id would cost more than parsing its request. */
const pool = new Uint8Array(4_096);
let used = pool.length;

function nextRandom(): number {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return (pool[used++] ?? 0) / 256;
}

const nextUlid = monotonicFactory(nextRandom);

/** A fresh id such as `req_01J…`: a ULID, rising within this process, behind what it is the id of. */
export function newId(prefix: string): string {
  return `${prefix}_${nextUlid()}`;
}
