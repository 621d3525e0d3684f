import { describe, expect, it } from '@jest/globals';
import { readSimulatedInstall } from './debian.js';
import { isAtLeast } from './executable.js';

describe('what apt-get would install', () => {
  it('is the packages this machine lacks, without upgrades of those it has', () => {
    const output = [
      'Reading package lists...',
      'Inst libjemalloc2 (5.3.0-1 Debian:12.15/oldstable [amd64])',
      'Inst libpq5 [15.18-0+deb12u1] (15.20-0+deb12u1 Debian-Security:12 [amd64])',
      'Inst redis-server (5:7.0.15-1~deb12u10 Debian-Security:12 [amd64])',
      'Conf libjemalloc2 (5.3.0-1 Debian:12.15/oldstable [amd64])',
    ].join('\n');
    expect(readSimulatedInstall(output)).toEqual(['libjemalloc2', 'redis-server']);
  });
});

describe('a minimum version', () => {
  it.each([
    [[2, 9, 10], [2, 9], true],
    [[2, 10], [2, 9, 5], true],
    [[2, 8, 99], [2, 9], false],
    [[18], [18, 0], true],
    [[6], [6, 2], false],
  ])('%j against %j is met: %s', (version, minimum, isMet) => {
    expect(isAtLeast(version, minimum)).toBe(isMet);
  });
});
