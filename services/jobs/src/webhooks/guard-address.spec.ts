import { describe, expect, it } from '@jest/globals';
import { isAllowed, readAllowed } from './guard-address.js';

describe('an address of a webhook', () => {
  it.each([
    ['93.184.216.34', true],
    ['2606:2800:220:1:248:1893:25c8:1946', true],
    ['127.0.0.1', false],
    ['10.1.2.3', false],
    ['172.16.0.1', false],
    ['192.168.1.1', false],
    ['169.254.169.254', false],
    ['100.64.0.1', false],
    ['0.0.0.0', false],
    ['224.0.0.1', false],
    ['::1', false],
    ['::', false],
    ['fe80::1', false],
    ['fd00::1', false],
    ['::ffff:127.0.0.1', false],
    ['::ffff:10.0.0.1', false],
    ['64:ff9b::7f00:1', false],
    ['not an address', false],
  ])('%s: %s', (address, allowed) => {
    expect(isAllowed(address, [])).toBe(allowed);
  });

  it('is allowed where the operator says so, and nowhere beside', () => {
    const allowed = readAllowed('127.0.0.0/8, fd00::/8');
    expect(['127.0.0.1', '::ffff:127.0.0.1', 'fd00::1'].map((address) => isAllowed(address, allowed))).toEqual([
      true,
      true,
      true,
    ]);
    expect(isAllowed('10.0.0.1', allowed)).toBe(false);
    expect(() => readAllowed('localhost')).toThrow(RangeError);
  });
});
