import { expect, it } from '@jest/globals';
import { isRolledBack } from './rollback.js';

it.each([
  ['well', false, 100, 2, false],
  ['more than one in fifty', false, 100, 3, true],
  ['too few to tell', false, 19, 5, false],
  ['a single error', false, 20, 1, false],
  ['still above one in a hundred', true, 100, 2, true],
  ['well again', true, 100, 1, false],
  ['its attempts have fallen out of the window', true, 0, 0, false],
])('with %s', (_what, was, attempts, errors, rolledBack) => {
  expect(isRolledBack(was, { attempts, errors })).toBe(rolledBack);
});
