import { describe, expect, it } from '@jest/globals';
import { restartPause } from './child-process.js';

describe('the pause before a restart', () => {
  it('is none after a process that had run', () => {
    expect(restartPause(0)).toBe(0);
  });
  it('doubles with failed boots, up to a second', () => {
    expect([1, 2, 3, 4, 5, 50].map(restartPause)).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });
});
