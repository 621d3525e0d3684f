import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { tryLock, withLock } from './lock.js';
import { identifyProcess } from './process-identity.js';

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'skein-lock-spec-'));
  path = join(dir, 'lock');
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('a lock', () => {
  it('names the living process that holds it, until that one lets go', async () => {
    const first = await tryLock(path);
    expect(await tryLock(path)).toEqual({ heldBy: process.pid });
    if ('release' in first) first.release();
    expect(await tryLock(path)).toHaveProperty('release');
  });

  it.each([
    ['a process that is gone', { pid: 2 ** 22 + 1, startedAt: 'long ago' }],
    ['an earlier process with a pid of today', { pid: process.pid, startedAt: 'long ago' }],
  ])('is not held by %s', async (_who, holder) => {
    writeFileSync(path, JSON.stringify(holder));
    expect(await tryLock(path)).toHaveProperty('release');
    expect(await tryLock(path)).toEqual({ heldBy: process.pid });
  });

  it('lets one at a time through, also when all find a dead holder', async () => {
    writeFileSync(path, JSON.stringify({ pid: 2 ** 22 + 1, startedAt: 'long ago' }));
    let inside = 0;
    let most = 0;
    const visit = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 8 }, () => withLock(path, visit)));
    expect([most, inside]).toEqual([1, 0]);
  });
});

it('a process that does not exist has no identity, and one that does keeps its own', () => {
  expect(identifyProcess(2 ** 22 + 1)).toBeNull();
  expect(identifyProcess(process.pid)).toEqual(identifyProcess(process.pid));
});
