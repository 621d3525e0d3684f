import { describe, expect, it } from '@jest/globals';
import { KeyRing } from './key-ring.js';

const secrets = (ring: KeyRing) => ring.keysToTry(0).map(({ secret }) => secret);

describe('the keys of a vendor', () => {
  it('take turns', () => {
    const ring = new KeyRing(['a', 'b', 'c']);
    expect(secrets(ring)).toEqual(['a', 'b', 'c']);
    expect(secrets(ring)).toEqual(['b', 'c', 'a']);
    expect(secrets(ring)).toEqual(['c', 'a', 'b']);
  });

  it('leave out what was set aside, until all have been', () => {
    const ring = new KeyRing(['a', 'b']);
    const [a, b] = ring.keysToTry(0);
    if (a === undefined || b === undefined) throw new Error('two keys were given');
    ring.setAside(a);
    expect(secrets(ring)).toEqual(['b']);
    ring.setAside(b);
    expect(secrets(ring).sort()).toEqual(['a', 'b']);
  });

  it('rest while they are over their limit; when all do, the one whose rest ends first is tried', () => {
    const ring = new KeyRing(['a', 'b']);
    const [a, b] = ring.keysToTry(0);
    if (a === undefined || b === undefined) throw new Error('two keys were given');
    ring.rest(a, 1_000);
    expect(ring.keysToTry(500).map(({ secret }) => secret)).toEqual(['b']);
    ring.rest(b, 700);
    expect(ring.keysToTry(500).map(({ secret }) => secret)).toEqual(['b']);
    expect(
      ring
        .keysToTry(1_000)
        .map(({ secret }) => secret)
        .sort(),
    ).toEqual(['a', 'b']);
  });

  it('show themselves by place and hash only', () => {
    const [key] = new KeyRing(['sk-secret']).keysToTry(0);
    expect(key?.label).toMatch(/^1 of 1 \([0-9a-f]{8}\)$/);
  });

  it('are one empty key where a vendor needs none', () => {
    expect(secrets(new KeyRing([]))).toEqual(['']);
  });
});
